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
pub(crate) const MAX_KDF_ITERATIONS: u64 = if cfg!(fuzzing) { 1_000 } else { 20_000_000 };

/// Most of them for a file with any number of keys: a hundred keys in PEM, as they are written here.
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

    /// For a file with any number of keys.
    pub(crate) fn of_many() -> Self {
        Self {
            iterations: MAX_KDF_ITERATIONS_OF_MANY,
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
