//! Public keys, as certificates and requests hold them.

use std::fmt;

use const_oid::db::{rfc5912, rfc8410};
use der::asn1::{BitStringRef, ObjectIdentifier, UintRef};
use der::{Decode, Sequence};
use sha1::Digest as _;
use spki::AlgorithmIdentifierRef;

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
            Self::Other(oid) => write!(f, "unknown kind {oid}"),
        }
    }
}
