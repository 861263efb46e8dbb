//! Public keys, as certificates and requests hold them.

use std::fmt;

use const_oid::db::{rfc5912, rfc8410};
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, UintRef};
use der::{Decode, Encode, Sequence};
use sha1::Digest as _;
use spki::AlgorithmIdentifierRef;

use crate::algorithm::Digest;

/// A SubjectPublicKeyInfo, kept as it was encoded.
///
/// Source: RFC 5280 section 4.1.2.7.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey {
    der: Box<[u8]>,
    algorithm: PublicKeyAlgorithm,
    key_bits: Box<[u8]>,
}

/// What kind of key it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PublicKeyAlgorithm {
    /// RSA, with the length of its modulus.
    Rsa {
        /// Bits of the modulus.
        bits: u32,
    },
    /// An elliptic curve key on NIST P-256.
    EcP256,
    /// An elliptic curve key on NIST P-384.
    EcP384,
    /// An elliptic curve key on NIST P-521.
    EcP521,
    /// Ed25519.
    Ed25519,
    /// Any other: the object identifier of the algorithm or the curve.
    Other(Box<str>),
}

impl PublicKeyAlgorithm {
    /// The digest over which such a key signs if nobody asks for another: SHA-256 for RSA, one as strong
    /// as the curve for elliptic curves, and its own for Ed25519. For kinds that are not known, SHA-256.
    ///
    /// Source: RFC 5480 section 4 for the curves; RFC 8032 section 5.1 for Ed25519.
    #[must_use]
    pub fn usual_digest(&self) -> Digest {
        match self {
            Self::Rsa { .. } | Self::EcP256 | Self::Other(_) => Digest::Sha256,
            Self::EcP384 => Digest::Sha384,
            Self::EcP521 | Self::Ed25519 => Digest::Sha512,
        }
    }
}

/// The numbers of an RSA key: big-endian octets without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RsaNumbers<'a> {
    /// The modulus.
    pub modulus: &'a [u8],
    /// The public exponent.
    pub exponent: &'a [u8],
}

/// Octets are no SubjectPublicKeyInfo.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the public key is no well-formed SubjectPublicKeyInfo ({detail})")]
pub struct InvalidPublicKey {
    detail: String,
}

/// Borrowed form of a SubjectPublicKeyInfo.
#[derive(Sequence)]
struct Fields<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    key: BitStringRef<'a>,
}

/// RSAPublicKey of RFC 8017 appendix A.1.1.
#[derive(Sequence)]
struct RsaFields<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo.
    ///
    /// # Errors
    ///
    /// [`InvalidPublicKey`] when it is not well formed. A key of an unknown kind is no error.
    pub fn from_der(der: &[u8]) -> Result<Self, InvalidPublicKey> {
        let invalid = |error: der::Error| InvalidPublicKey {
            detail: error.to_string(),
        };
        let fields = Fields::from_der(der).map_err(invalid)?;
        let key_bits = fields.key.as_bytes().ok_or_else(|| InvalidPublicKey {
            detail: "the key is not a whole number of octets".to_owned(),
        })?;
        let algorithm = algorithm(&fields.algorithm, key_bits).map_err(invalid)?;
        Ok(Self {
            der: der.into(),
            algorithm,
            key_bits: key_bits.into(),
        })
    }

    /// An RSA key of its numbers; octets with zeros before them are read as without.
    ///
    /// # Errors
    ///
    /// [`InvalidPublicKey`] when they are longer than a length in DER can be.
    pub fn from_rsa(numbers: RsaNumbers<'_>) -> Result<Self, InvalidPublicKey> {
        let written = || {
            let numbers = RsaFields {
                modulus: UintRef::new(numbers.modulus)?,
                exponent: UintRef::new(numbers.exponent)?,
            };
            let numbers = numbers.to_der()?;
            let fields = Fields {
                // RFC 3279 section 2.3.1: the parameters must be NULL.
                algorithm: AlgorithmIdentifierRef {
                    oid: rfc5912::RSA_ENCRYPTION,
                    parameters: Some(AnyRef::NULL),
                },
                key: BitStringRef::from_bytes(&numbers)?,
            };
            fields.to_der()
        };
        let der = written().map_err(|error: der::Error| InvalidPublicKey {
            detail: error.to_string(),
        })?;
        Self::from_der(&der)
    }

    /// The whole SubjectPublicKeyInfo.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// What kind of key it is.
    #[must_use]
    pub fn algorithm(&self) -> &PublicKeyAlgorithm {
        &self.algorithm
    }

    /// The contents of the subjectPublicKey bit string: an RSAPublicKey, a point, or raw octets.
    #[must_use]
    pub fn key_bits(&self) -> &[u8] {
        &self.key_bits
    }

    /// Whether it is the same key, however it is written: some programs leave out the NULL that belongs to RSA.
    #[must_use]
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.key_bits == other.key_bits
    }

    /// The numbers of an RSA key; `None` for other kinds.
    #[must_use]
    pub fn rsa_numbers(&self) -> Option<RsaNumbers<'_>> {
        match self.algorithm {
            PublicKeyAlgorithm::Rsa { .. } => {
                let fields = RsaFields::from_der(&self.key_bits).ok()?;
                Some(RsaNumbers {
                    modulus: fields.modulus.as_bytes(),
                    exponent: fields.exponent.as_bytes(),
                })
            }
            PublicKeyAlgorithm::EcP256
            | PublicKeyAlgorithm::EcP384
            | PublicKeyAlgorithm::EcP521
            | PublicKeyAlgorithm::Ed25519
            | PublicKeyAlgorithm::Other(_) => None,
        }
    }

    /// The SHA-1 of [`Self::key_bits`]: RFC 5280 section 4.2.1.2 method (1).
    ///
    /// An identifier, not a protection: nothing is trusted because two of them are equal.
    #[must_use]
    pub fn key_identifier(&self) -> [u8; 20] {
        sha1::Sha1::digest(&self.key_bits).into()
    }

    /// The SHA-256 of the whole SubjectPublicKeyInfo, by which two keys can be told apart.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        sha2::Sha256::digest(&self.der).into()
    }

    /// [`Self::sha256`] in hexadecimal, lower case.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.sha256()
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect()
    }
}

fn algorithm(
    identifier: &AlgorithmIdentifierRef<'_>,
    key_bits: &[u8],
) -> Result<PublicKeyAlgorithm, der::Error> {
    let other = |oid: ObjectIdentifier| PublicKeyAlgorithm::Other(oid.to_string().into());
    Ok(match identifier.oid {
        rfc5912::RSA_ENCRYPTION => {
            let rsa = RsaFields::from_der(key_bits)?;
            PublicKeyAlgorithm::Rsa {
                bits: bit_length(rsa.modulus.as_bytes()),
            }
        }
        rfc8410::ID_ED_25519 => PublicKeyAlgorithm::Ed25519,
        rfc5912::ID_EC_PUBLIC_KEY => {
            match identifier
                .parameters
                .map(|curve| curve.decode_as::<ObjectIdentifier>())
            {
                Some(Ok(rfc5912::SECP_256_R_1)) => PublicKeyAlgorithm::EcP256,
                Some(Ok(rfc5912::SECP_384_R_1)) => PublicKeyAlgorithm::EcP384,
                Some(Ok(rfc5912::SECP_521_R_1)) => PublicKeyAlgorithm::EcP521,
                Some(Ok(curve)) => other(curve),
                // RFC 5480 section 2.1.1: explicit curve parameters must not be used.
                Some(Err(_)) | None => other(identifier.oid),
            }
        }
        oid => other(oid),
    })
}

/// Bits of a big-endian number.
fn bit_length(octets: &[u8]) -> u32 {
    let mut significant = octets.iter().skip_while(|&&octet| octet == 0);
    let Some(first) = significant.next() else {
        return 0;
    };
    let rest = u32::try_from(significant.count()).unwrap_or(u32::MAX / 8 - 1);
    rest * 8 + (u8::BITS - first.leading_zeros())
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {})", self.algorithm, self.fingerprint())
    }
}

impl fmt::Display for PublicKeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA {bits} bits"),
            Self::EcP256 => f.write_str("EC P-256"),
            Self::EcP384 => f.write_str("EC P-384"),
            Self::EcP521 => f.write_str("EC P-521"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Other(oid) => match KNOWN_BY_NAME.iter().find(|(known, _)| *known == &**oid) {
                Some((_, name)) => f.write_str(name),
                None => write!(f, "unknown kind {oid}"),
            },
        }
    }
}

/// Kinds of keys and curves that are not used here, and have a name all the same.
const KNOWN_BY_NAME: &[(&str, &str)] = &[
    ("1.2.840.113549.1.1.10", "RSA for PSS only"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.10046.2.1", "Diffie-Hellman"),
    ("1.2.840.10045.2.1", "EC with explicit parameters"),
    ("1.2.840.10045.3.1.1", "EC P-192"),
    ("1.3.132.0.33", "EC P-224"),
    ("1.3.132.0.10", "EC secp256k1"),
    ("1.3.36.3.3.2.8.1.1.7", "EC brainpoolP256r1"),
    ("1.3.36.3.3.2.8.1.1.11", "EC brainpoolP384r1"),
    ("1.3.36.3.3.2.8.1.1.13", "EC brainpoolP512r1"),
    ("1.2.156.10197.1.301", "SM2"),
    ("1.3.101.110", "X25519"),
    ("1.3.101.111", "X448"),
    ("1.3.101.113", "Ed448"),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
];
