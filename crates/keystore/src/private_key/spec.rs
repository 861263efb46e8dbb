//! Which key to make, as the command line and configurations name it.
//!
//! Says nothing about keys that are read: RSA keys may have any size from 2048 to 8192 bits, and P-521 is read too.

use std::fmt;
use std::str::FromStr;

use trustpack_rsa_legacy::{InvalidModulusBits, ModulusBits};
use trustpack_x509::public_key::PublicKeyAlgorithm;

/// The kind and size of a key to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeySpec {
    /// RSA with the exponent 65537.
    Rsa(RsaBits),
    /// An elliptic curve key on NIST P-256.
    EcP256,
    /// An elliptic curve key on NIST P-384.
    EcP384,
    /// Ed25519.
    Ed25519,
}

/// The size of an RSA key that can be made: 2048 to 8192 bits, in steps of 128.
///
/// Source: the cryptographic library makes whole multiples of 128 bits only; NIST SP 800-131A for the lower end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RsaBits(ModulusBits);

/// A text that names no key that can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeySpec {
    /// There is no such kind.
    #[error(
        "{found:?} is no key that can be made; allowed are rsa-2048, rsa-3072, rsa-4096, other RSA sizes to \
         rsa-8192 in steps of 128, ecdsa-p256, ecdsa-p384 and ed25519"
    )]
    Kind {
        /// The text, cut off after 40 characters.
        found: String,
    },
    /// RSA keys of this size cannot be made.
    #[error(transparent)]
    RsaBits(#[from] InvalidModulusBits),
}

impl KeySpec {
    /// One of each kind, with the sizes that people ask for.
    pub const COMMON: [Self; 6] = [
        Self::Rsa(RsaBits::B2048),
        Self::Rsa(RsaBits::B3072),
        Self::Rsa(RsaBits::B4096),
        Self::EcP256,
        Self::EcP384,
        Self::Ed25519,
    ];

    /// The algorithm of the public keys.
    #[must_use]
    pub fn algorithm(self) -> PublicKeyAlgorithm {
        match self {
            Self::Rsa(size) => PublicKeyAlgorithm::Rsa { bits: size.bits() },
            Self::EcP256 => PublicKeyAlgorithm::EcP256,
            Self::EcP384 => PublicKeyAlgorithm::EcP384,
            Self::Ed25519 => PublicKeyAlgorithm::Ed25519,
        }
    }
}

impl RsaBits {
    /// 2048 bits: what is made unless something else is asked for.
    pub const B2048: Self = Self(ModulusBits::B2048);
    /// 3072 bits.
    pub const B3072: Self = Self(ModulusBits::B3072);
    /// 4096 bits.
    pub const B4096: Self = Self(ModulusBits::B4096);
    /// 8192 bits: takes minutes to make.
    pub const B8192: Self = Self(ModulusBits::B8192);

    /// Takes a number of bits.
    ///
    /// # Errors
    ///
    /// When it is not 2048 to 8192 in steps of 128.
    pub fn new(bits: u32) -> Result<Self, InvalidModulusBits> {
        ModulusBits::new(bits).map(Self)
    }

    /// Bits of the modulus.
    #[must_use]
    pub fn bits(self) -> u32 {
        self.0.get().into()
    }

    pub(super) fn modulus_bits(self) -> ModulusBits {
        self.0
    }
}

impl fmt::Display for KeySpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(size) => write!(f, "rsa-{}", size.bits()),
            Self::EcP256 => f.write_str("ecdsa-p256"),
            Self::EcP384 => f.write_str("ecdsa-p384"),
            Self::Ed25519 => f.write_str("ed25519"),
        }
    }
}

impl FromStr for KeySpec {
    type Err = InvalidKeySpec;

    fn from_str(text: &str) -> Result<Self, InvalidKeySpec> {
        let kind = || InvalidKeySpec::Kind {
            found: text.chars().take(40).collect(),
        };
        let common = Self::COMMON
            .into_iter()
            .find(|spec| spec.to_string() == text);
        if let Some(spec) = common {
            return Ok(spec);
        }
        let digits = text.strip_prefix("rsa-").ok_or_else(kind)?;
        // `+2048` and `02048` are numbers for Rust, and no names of a size.
        let canonical = digits.starts_with(|c: char| matches!(c, '1'..='9'));
        let bits: u32 = digits.parse().ok().filter(|_| canonical).ok_or_else(kind)?;
        Ok(Self::Rsa(RsaBits::new(bits)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<KeySpec>) {
        assert_eq!(text.parse().ok(), want);
        if let Some(spec) = want {
            assert_eq!(spec.to_string(), text);
        }
    }

    #[test]
    fn names_of_keys() {
        for spec in KeySpec::COMMON {
            check(&spec.to_string(), Some(spec));
        }
        check("rsa-8192", Some(KeySpec::Rsa(RsaBits::B8192)));
        check("rsa-2560", RsaBits::new(2560).ok().map(KeySpec::Rsa));
        check("ecdsa-p384", Some(KeySpec::EcP384));
        check("ed25519", Some(KeySpec::Ed25519));
        for text in [
            "rsa-1024",
            "rsa-2049",
            "rsa-02048",
            "rsa-+2048",
            "rsa-",
            "RSA-2048",
            "ecdsa-p521",
            "",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_size_that_cannot_be_made_is_named() {
        assert_eq!(RsaBits::new(4096), Ok(RsaBits::B4096));
        assert_eq!(
            "rsa-2500".parse::<KeySpec>().unwrap_err().to_string(),
            "no RSA key of 2500 bits can be made; 2048 to 8192 in steps of 128 are possible"
        );
    }
}
