//! RSA as `aws-lc-rs` does not offer it: PKCS #1 v1.5 signatures over SHA-1 and SHA-224, keys of
//! other sizes than its four, and signatures (PSS, and PKCS #1 v1.5 over SHA-384) of keys that are smaller than it
//! verifies with.
//!
//! Says nothing about whether such a signature is good enough: that is policy, and stands elsewhere. Knows no
//! files and no certificates: keys come and go as the DER of PKCS #1 (RFC 8017 appendix A.1).
//!
//! The only crate that calls into AWS-LC. Invariant: every pointer that AWS-LC gives is owned by one guard, which frees
//! it once, and no pointer outlives the call that takes it.

mod ffi;

use std::fmt;

use zeroize::Zeroizing;

use crate::ffi::RsaKey;

/// A digest that `aws-lc-rs` does not sign with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegacyDigest {
    /// SHA-1: collisions can be made since 2017.
    Sha1,
    /// SHA-224.
    Sha224,
}

/// The digest of a PSS signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PssDigest {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// The size of an RSA key that can be made, in bits: 2048 to 8192, a multiple of 128.
///
/// Source: AWS-LC makes keys of whole multiples of 128 bits and would round any other number down without a word;
/// fewer than 2048 bits no longer protect (NIST SP 800-131A); with more than 8192 `aws-lc-rs` does not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModulusBits(u16);

/// A number of bits of which no RSA key can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no RSA key of {found} bits can be made; 2048 to 8192 in steps of 128 are possible")]
pub struct InvalidModulusBits {
    found: u32,
}

/// AWS-LC could not make a key: it has no random numbers or no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library could not make an RSA key")]
pub struct GenerateError;

/// Why there is no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The octets are no `RSAPrivateKey`, or its numbers do not fit each other.
    #[error("the cryptographic library does not take the RSA private key")]
    Key,
    /// Signing failed.
    #[error("the cryptographic library could not sign with the RSA private key")]
    Library,
}

/// The signature was not made over these octets with this key, or the key is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not match the RSA public key")]
pub struct WrongSignature;

impl ModulusBits {
    /// 2048 bits.
    pub const B2048: Self = Self(2048);
    /// 3072 bits.
    pub const B3072: Self = Self(3072);
    /// 4096 bits.
    pub const B4096: Self = Self(4096);
    /// 8192 bits.
    pub const B8192: Self = Self(8192);

    /// Takes a number of bits.
    ///
    /// # Errors
    ///
    /// When it is not 2048 to 8192 in steps of 128.
    pub fn new(bits: u32) -> Result<Self, InvalidModulusBits> {
        u16::try_from(bits)
            .ok()
            .filter(|bits| (2048..=8192).contains(bits) && bits.is_multiple_of(128))
            .map(Self)
            .ok_or(InvalidModulusBits { found: bits })
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for ModulusBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Makes a key with the exponent 65537, and gives its `RSAPrivateKey` in DER.
///
/// # Errors
///
/// When AWS-LC fails.
pub fn generate(bits: ModulusBits) -> Result<Zeroizing<Vec<u8>>, GenerateError> {
    // AWS-LC says of itself that making a key fails once in a million: then another try does it.
    const TRIES: usize = 3;
    (0..TRIES)
        .find_map(|_| RsaKey::generate(bits.get()))
        .and_then(|key| key.to_private_der())
        .ok_or(GenerateError)
}

/// Signs a message by PKCS #1 v1.5 (RFC 8017 section 8.2.1) with the key in an `RSAPrivateKey`.
///
/// # Errors
///
/// When the key is damaged, or AWS-LC fails.
pub fn sign(
    private_key: &[u8],
    digest: LegacyDigest,
    message: &[u8],
) -> Result<Vec<u8>, SignError> {
    RsaKey::from_private_der(private_key)
        .ok_or(SignError::Key)?
        .sign(digest, message)
        .ok_or(SignError::Library)
}

/// Verifies a PKCS #1 v1.5 signature (RFC 8017 section 8.2.2) with the key in an `RSAPublicKey`.
///
/// # Errors
///
/// When the signature is not of this key over this message.
pub fn verify(
    public_key: &[u8],
    digest: LegacyDigest,
    message: &[u8],
    signature: &[u8],
) -> Result<(), WrongSignature> {
    RsaKey::from_public_der(public_key)
        .filter(|key| key.verifies(digest, message, signature))
        .map(|_key| ())
        .ok_or(WrongSignature)
}

/// Verifies a PSS signature (RFC 8017 section 8.1.2) over a message with this hash with the key in an `RSAPublicKey`. The
/// salt is as long as the hash, as TLS has it (RFC 8446 section 4.2.3).
///
/// # Errors
///
/// When the signature is not of this key over such a message, or the hash is not one of this digest.
pub fn verify_pss(
    public_key: &[u8],
    digest: PssDigest,
    hash: &[u8],
    signature: &[u8],
) -> Result<(), WrongSignature> {
    RsaKey::from_public_der(public_key)
        .filter(|key| key.verifies_pss(digest, hash, signature))
        .map(|_key| ())
        .ok_or(WrongSignature)
}

/// Verifies a PKCS #1 v1.5 signature (RFC 8017 section 8.2.2) over a message with this SHA-384 hash with the key in an
/// `RSAPublicKey`.
///
/// # Errors
///
/// When the signature is not of this key over such a message, or the hash is not as long as one.
pub fn verify_sha384(
    public_key: &[u8],
    hash: &[u8],
    signature: &[u8],
) -> Result<(), WrongSignature> {
    RsaKey::from_public_der(public_key)
        .filter(|key| key.verifies_sha384(hash, signature))
        .map(|_key| ())
        .ok_or(WrongSignature)
}

impl PssDigest {
    /// Octets of its hash. Source: FIPS 180-4 section 1.
    fn hash_octets(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_can_be_made() {
        for bits in [2048, 2176, 2560, 3072, 4096, 6144, 8192] {
            assert_eq!(u32::from(ModulusBits::new(bits).unwrap().get()), bits);
        }
        for bits in [
            0,
            1024,
            2047,
            2049,
            2100,
            8191,
            8193,
            8320,
            16384,
            65536 + 2048,
        ] {
            assert_eq!(
                ModulusBits::new(bits).unwrap_err().to_string(),
                format!(
                    "no RSA key of {bits} bits can be made; 2048 to 8192 in steps of 128 are possible"
                )
            );
        }
    }
}
