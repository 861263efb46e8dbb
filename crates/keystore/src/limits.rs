//! What a file that somebody else wrote can make us do, and where each limit comes from.
//!
//! Invariant: a reader checks the size before it looks at a byte, and spends a [`KdfBudget`] before
//! it derives a key. A fuzz build (`cfg(fuzzing)`) has lower limits where a file costs time, so that ten
//! million files can be read; nothing else is different in it.

/// Largest file of certificates that is read, in bytes.
///
/// Source: ours. The roots of Debian's `ca-certificates` are 230 kB; this is over a hundred times
/// as much.
pub(crate) const MAX_CERTIFICATES_BYTES: usize = 32 * 1024 * 1024;

/// Largest file of any kind that is read whole, in bytes.
///
/// Source: ours. A revocation list of a million certificates is 50 MB as PEM.
pub(crate) const MAX_CONTENTS_BYTES: usize = 64 * 1024 * 1024;

/// Most certificates that are read from one file.
///
/// Source: ours. Debian trusts 150 roots; Windows, with all its members, about 500.
pub(crate) const MAX_CERTIFICATES: usize = 10_000;

/// Most keys, revocation lists, requests or entries of other kinds that are read from one file.
///
/// Source: ours. Each key may cost a derivation of its own.
pub(crate) const MAX_KEYS: usize = 1_000;

/// Largest file with a private key that is read, in bytes.
///
/// Source: ours. An RSA key of 8192 bits is 6.4 kB as PEM; the rest is for the certificates and the
/// text that tools put beside it.
pub(crate) const MAX_KEY_BYTES: usize = 4 * 1024 * 1024;

/// Most hash iterations that the passwords of one file may cost.
///
/// Source: Java's PKCS#12 reader refuses more than 5,000,000 in one derivation; a file has a MAC, a
/// key and certificates, and the empty password has two spellings.
pub(crate) const MAX_KDF_ITERATIONS: u64 = if cfg!(fuzzing) { 64 } else { 20_000_000 };

/// Most of them for all keys of a file that a given password opens: a hundred keys in PEM, as they are written
/// here. What opens nothing, or costs whoever wrote the file no password, is limited as one key is.
///
/// Source: ours, half a minute of one core.
const MAX_KDF_ITERATIONS_OF_MANY: u64 = 3 * MAX_KDF_ITERATIONS;

/// Most memory that one scrypt derivation may take, in bytes: 128 * N * r.
///
/// Source: the limit that OpenSSL has by default (`SCRYPT_MAX_MEM`).
pub(crate) const MAX_SCRYPT_BYTES: u64 = if cfg!(fuzzing) {
    64 * 1024
} else {
    32 * 1024 * 1024
};

/// More work than a file may cost us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many iterations")]
pub(crate) struct KdfTooCostly;

/// The iterations that the rest of a file may still cost.
#[derive(Debug)]
pub(crate) struct KdfBudget {
    iterations: u64,
}

impl KdfBudget {
    pub(crate) fn new() -> Self {
        Self {
            iterations: MAX_KDF_ITERATIONS,
        }
    }

    pub(crate) fn spend(&mut self, iterations: u64) -> Result<(), KdfTooCostly> {
        self.iterations = self
            .iterations
            .checked_sub(iterations)
            .ok_or(KdfTooCostly)?;
        Ok(())
    }
}

/// What the keys of a file may cost, however many there are.
#[derive(Debug)]
pub(crate) struct KeysBudget {
    all: u64,
    /// Of that for attempts that open nothing, and for the empty password.
    in_vain: u64,
}

/// What became of an attempt to open a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// A password that somebody gave has opened it.
    Opened,
    /// It stays locked, or is open to everybody.
    InVain,
}

impl KeysBudget {
    pub(crate) fn new() -> Self {
        Self {
            all: MAX_KDF_ITERATIONS_OF_MANY,
            in_vain: MAX_KDF_ITERATIONS,
        }
    }

    /// What the next attempt may cost.
    pub(crate) fn of_one(&self) -> KdfBudget {
        KdfBudget {
            iterations: self.all.min(self.in_vain),
        }
    }

    /// Pays for an attempt, which has left so much of [`KeysBudget::of_one`].
    pub(crate) fn pay(&mut self, left: &KdfBudget, attempt: Attempt) {
        let spent = self.of_one().iterations.saturating_sub(left.iterations);
        self.all = self.all.saturating_sub(spent);
        match attempt {
            Attempt::Opened => {}
            Attempt::InVain => self.in_vain = self.in_vain.saturating_sub(spent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of a thousand keys that cost so much are tried.
    fn tried(iterations: u64, attempt: Attempt) -> usize {
        let mut all = KeysBudget::new();
        let tries = (0..1000).map(|_| {
            let mut one = all.of_one();
            let spent = one.spend(iterations);
            all.pay(&one, attempt);
            spent
        });
        tries.filter(Result::is_ok).count()
    }

    #[test]
    fn many_keys_cost_no_more_than_a_few() {
        assert_eq!(tried(900_000, Attempt::InVain), 22);
        assert_eq!(tried(600_000, Attempt::Opened), 100);
        assert_eq!(tried(MAX_KDF_ITERATIONS, Attempt::InVain), 1);
        assert_eq!(tried(MAX_KDF_ITERATIONS, Attempt::Opened), 3);
        assert_eq!(tried(MAX_KDF_ITERATIONS + 1, Attempt::Opened), 0);
    }
}
