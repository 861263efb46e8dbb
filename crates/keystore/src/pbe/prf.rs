//! PBKDF2 (RFC 8018 section 5.2) over each of its hashes.
//!
//! Invariant: the caller has paid for the iterations.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2 as aws;
use der::asn1::ObjectIdentifier;
use sha2::Sha224;

use super::DecryptError;
use super::names::name;

/// The hash under the HMAC of PBKDF2.
#[derive(Clone, Copy)]
pub(super) enum Prf {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Prf {
    const ALL: [Self; 5] = [
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
    ];

    /// Source: RFC 8018 appendix B.1.
    pub(super) fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha1 => ObjectIdentifier::new_unwrap("1.2.840.113549.2.7"),
            Self::Sha224 => ObjectIdentifier::new_unwrap("1.2.840.113549.2.8"),
            Self::Sha256 => ObjectIdentifier::new_unwrap("1.2.840.113549.2.9"),
            Self::Sha384 => ObjectIdentifier::new_unwrap("1.2.840.113549.2.10"),
            Self::Sha512 => ObjectIdentifier::new_unwrap("1.2.840.113549.2.11"),
        }
    }

    pub(super) fn read(oid: ObjectIdentifier) -> Result<Self, DecryptError> {
        Self::ALL
            .into_iter()
            .find(|prf| prf.oid() == oid)
            .ok_or_else(|| DecryptError::Unsupported { oid: name(oid) })
    }

    /// PBKDF2.
    pub(super) fn derive(
        self,
        password: &[u8],
        salt: &[u8],
        iterations: NonZeroU32,
        key: &mut [u8],
    ) {
        let algorithm = match self {
            Self::Sha1 => aws::PBKDF2_HMAC_SHA1,
            Self::Sha256 => aws::PBKDF2_HMAC_SHA256,
            Self::Sha384 => aws::PBKDF2_HMAC_SHA384,
            Self::Sha512 => aws::PBKDF2_HMAC_SHA512,
            // The one that AWS-LC's safe library does not have.
            Self::Sha224 => {
                return pbkdf2::pbkdf2_hmac::<Sha224>(password, salt, iterations.get(), key);
            }
        };
        aws::derive(algorithm, iterations, salt, password, key);
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }
}
