//! Which key to make, as the command line and configurations name it.
//!
//! Says nothing about keys that are read: those may have any size from 2048 to 8192 bits.

use std::fmt;
use std::str::FromStr;

/// The kind and size of a key to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeySpec {
    /// RSA with the exponent 65537.
    Rsa(RsaBits),
    /// An elliptic curve key on NIST P-256.
    EcP256,
}

/// The sizes of RSA key that can be made.
///
/// Source: what the cryptographic library offers (`aws_lc_rs::rsa::KeySize`), after NIST SP 800-57.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RsaBits {
    /// 2048 bits: what is made unless something else is asked for.
    B2048,
    /// 3072 bits.
    B3072,
    /// 4096 bits.
    B4096,
    /// 8192 bits: takes minutes to make.
    B8192,
}

/// A number of bits of which no RSA key can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no RSA key of {found} bits can be made; 2048, 3072, 4096 and 8192 are possible")]
pub struct InvalidRsaBits {
    found: u32,
}

/// A text that names no key that can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} is no key that can be made; allowed are rsa-2048, rsa-3072, rsa-4096, rsa-8192 and \
     ecdsa-p256"
)]
pub struct InvalidKeySpec {
    found: String,
}

impl RsaBits {
    /// All sizes, smallest first.
    pub const ALL: [Self; 4] = [Self::B2048, Self::B3072, Self::B4096, Self::B8192];

    /// Bits of the modulus.
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::B2048 => 2048,
            Self::B3072 => 3072,
            Self::B4096 => 4096,
            Self::B8192 => 8192,
        }
    }
}

impl TryFrom<u32> for RsaBits {
    type Error = InvalidRsaBits;

    fn try_from(bits: u32) -> Result<Self, InvalidRsaBits> {
        Self::ALL
            .into_iter()
            .find(|size| size.bits() == bits)
            .ok_or(InvalidRsaBits { found: bits })
    }
}

impl fmt::Display for KeySpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(size) => write!(f, "rsa-{}", size.bits()),
            Self::EcP256 => f.write_str("ecdsa-p256"),
        }
    }
}

impl FromStr for KeySpec {
    type Err = InvalidKeySpec;

    fn from_str(text: &str) -> Result<Self, InvalidKeySpec> {
        RsaBits::ALL
            .into_iter()
            .map(Self::Rsa)
            .chain([Self::EcP256])
            .find(|spec| spec.to_string() == text)
            .ok_or_else(|| InvalidKeySpec {
                found: text.chars().take(40).collect(),
            })
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
        check("rsa-2048", Some(KeySpec::Rsa(RsaBits::B2048)));
        check("rsa-8192", Some(KeySpec::Rsa(RsaBits::B8192)));
        check("ecdsa-p256", Some(KeySpec::EcP256));
        check("rsa-1024", None);
        check("RSA-2048", None);
        check("", None);
    }

    #[test]
    fn a_size_that_cannot_be_made_is_named() {
        assert_eq!(RsaBits::try_from(4096), Ok(RsaBits::B4096));
        assert_eq!(
            RsaBits::try_from(2560).unwrap_err().to_string(),
            "no RSA key of 2560 bits can be made; 2048, 3072, 4096 and 8192 are possible"
        );
    }
}
