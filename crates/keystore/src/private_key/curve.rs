//! The elliptic curves: which are read, how they are told, and how each is signed with.
//!
//! Arithmetic is the cryptographic library's. Invariant: the library signs on each curve.

use aws_lc_rs::digest as hash;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaSigningAlgorithm,
};
use der::asn1::{AnyRef, ObjectIdentifier, UintRef};
use der::{Decode, Reader, Sequence, SliceReader, Tag, Tagged};

use super::InvalidPrivateKey;
use super::names::curve_name;

/// Source: RFC 5480 section 2.1.1.1.
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// Source: RFC 5480 section 2.1.1.1.
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// Source: RFC 5480 section 2.1.1.1.
const SECP521R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
/// Source: RFC 3279 section 2.3.5.
const PRIME_FIELD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.1.1");

/// The elliptic curves whose keys are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

/// `FieldID` of RFC 3279 section 2.3.5, for a prime field.
#[derive(Sequence)]
struct PrimeField<'a> {
    kind: ObjectIdentifier,
    prime: UintRef<'a>,
}

impl Curve {
    const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// The curve that parameters name, or describe.
    ///
    /// RFC 5480 section 2.1.1 forbids to describe a curve, and old programs did. What is described is told by
    /// its prime here; the library then compares all of it, generator included, and takes nothing but the
    /// curve itself.
    pub(super) fn of_parameters(parameters: Option<AnyRef<'_>>) -> Result<Self, InvalidPrivateKey> {
        let unknown = |curve: String| InvalidPrivateKey::Curve { curve };
        let Some(parameters) = parameters else {
            return Err(unknown("not named".to_owned()));
        };
        if parameters.tag() == Tag::Sequence {
            return Self::of_description(parameters.value())
                .ok_or_else(|| unknown("described by explicit parameters".to_owned()));
        }
        match parameters.decode_as::<ObjectIdentifier>() {
            Ok(oid) => Self::ALL
                .into_iter()
                .find(|curve| curve.oid() == oid)
                .ok_or_else(|| unknown(curve_name(oid))),
            Err(_) => Err(unknown("not named".to_owned())),
        }
    }

    /// The curve of this prime. `ECParameters`: RFC 3279 section 2.3.5.
    fn of_description(fields: &[u8]) -> Option<Self> {
        let mut reader = SliceReader::new(fields).ok()?;
        u8::decode(&mut reader).ok()?;
        let field: PrimeField<'_> = reader.decode().ok()?;
        if field.kind != PRIME_FIELD {
            return None;
        }
        Self::ALL
            .into_iter()
            .find(|curve| curve.prime() == field.prime.as_bytes())
    }

    pub(super) fn of_key_bytes(length: usize) -> Result<Self, InvalidPrivateKey> {
        Self::ALL
            .into_iter()
            .find(|curve| curve.order_bytes() == length)
            .ok_or_else(|| InvalidPrivateKey::Curve {
                curve: format!("not named, and its key has {length} bytes"),
            })
    }

    pub(super) fn oid(self) -> ObjectIdentifier {
        match self {
            Self::P256 => SECP256R1,
            Self::P384 => SECP384R1,
            Self::P521 => SECP521R1,
        }
    }

    pub(super) fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
            Self::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
            Self::P521 => &ECDSA_P521_SHA512_ASN1_SIGNING,
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
            // The longest hash is shorter than the order.
            Self::P521 => (64, &hash::SHA512),
        };
        let zeros = std::iter::repeat_n(0, length - hashed.len().min(length));
        let number: Vec<u8> = zeros.chain(hashed.iter().copied().take(length)).collect();
        hash::Digest::import_less_safe(&number, algorithm)
    }

    fn order_bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// Source: SEC 2 version 2.0, sections 2.4.2, 2.5.1 and 2.6.1.
    fn prime(self) -> Vec<u8> {
        // In words of 32 bits, where the primes are sparse.
        let words: &[u32] = match self {
            Self::P256 => &[u32::MAX, 1, 0, 0, 0, u32::MAX, u32::MAX, u32::MAX],
            Self::P384 => &[
                u32::MAX,
                u32::MAX,
                u32::MAX,
                u32::MAX,
                u32::MAX,
                u32::MAX,
                u32::MAX,
                u32::MAX - 1,
                u32::MAX,
                0,
                0,
                u32::MAX,
            ],
            Self::P521 => &[u32::MAX; 16],
        };
        let first: &[u8] = match self {
            Self::P256 | Self::P384 => &[],
            Self::P521 => &[0x01, 0xff],
        };
        let words = words.iter().flat_map(|word| word.to_be_bytes());
        first.iter().copied().chain(words).collect()
    }
}
