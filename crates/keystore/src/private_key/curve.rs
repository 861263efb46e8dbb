//! The elliptic curves: which are read, and how each is signed with.
//!
//! Arithmetic is the cryptographic library's. Invariant: the library signs on each curve.

use aws_lc_rs::digest as hash;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaSigningAlgorithm,
};
use der::asn1::{AnyRef, ObjectIdentifier};

use super::InvalidPrivateKey;

/// Source: RFC 5480 section 2.1.1.1.
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// Source: RFC 5480 section 2.1.1.1.
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// The elliptic curves whose keys are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
}

impl Curve {
    pub(super) fn of_parameters(parameters: Option<AnyRef<'_>>) -> Result<Self, InvalidPrivateKey> {
        let unknown = |curve: &str| InvalidPrivateKey::Curve {
            curve: curve.to_owned(),
        };
        match parameters.map(|parameters| parameters.decode_as::<ObjectIdentifier>()) {
            Some(Ok(SECP256R1)) => Ok(Self::P256),
            Some(Ok(SECP384R1)) => Ok(Self::P384),
            Some(Ok(oid)) => Err(unknown(&oid.to_string())),
            // RFC 5480 section 2.1.1 forbids them.
            Some(Err(_)) => Err(unknown("described by explicit parameters")),
            None => Err(unknown("not named")),
        }
    }

    pub(super) fn of_key_bytes(length: usize) -> Result<Self, InvalidPrivateKey> {
        match length {
            32 => Ok(Self::P256),
            48 => Ok(Self::P384),
            _ => Err(InvalidPrivateKey::Curve {
                curve: format!("not named, and its key has {length} bytes"),
            }),
        }
    }

    pub(super) fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
            Self::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
        }
    }

    /// The number that ECDSA signs, in the form of the one digest that the library takes for the
    /// curve.
    ///
    /// Source: FIPS 186-5 section 6.4.1: the leftmost bits of the hash, as many as the order of the
    /// curve has, read as a number; a shorter hash is a smaller number. So a longer hash is cut,
    /// and a shorter one gets zeros in front.
    pub(super) fn signature_input(self, hashed: &[u8]) -> Result<hash::Digest, Unspecified> {
        let (length, algorithm) = match self {
            Self::P256 => (32, &hash::SHA256),
            Self::P384 => (48, &hash::SHA384),
        };
        let zeros = std::iter::repeat_n(0, length - hashed.len().min(length));
        let number: Vec<u8> = zeros.chain(hashed.iter().copied().take(length)).collect();
        hash::Digest::import_less_safe(&number, algorithm)
    }
}
