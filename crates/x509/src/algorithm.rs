//! Digests and signature algorithms, as certificates name them.
//!
//! Naming only: nothing here signs or verifies.

use std::fmt;
use std::str::FromStr;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912;
use const_oid::db::rfc8410::ID_ED_25519;
use der::Encode;
use der::asn1::AnyRef;
use spki::{AlgorithmIdentifier, AlgorithmIdentifierRef};

pub mod pss;

use pss::PssParameters;

use crate::shown::shown;

/// Source: ANSI X9.62, as RFC 3279 section 2.2.3 names it.
const ECDSA_WITH_SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.1");

/// A message digest that signatures are made over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Digest {
    /// SHA-1: broken for signatures since 2017; named so that it can be refused or warned of.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// A text names no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is no digest; allowed are sha1, sha224, sha256, sha384, sha512")]
pub struct UnknownDigest {
    found: String,
}

impl Digest {
    /// All of them, weakest first.
    pub const ALL: [Self; 5] = [
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
    ];

    /// The name on the command line: `sha256`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Length of its output in octets.
    #[must_use]
    pub fn output_octets(self) -> u8 {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha1 => rfc5912::ID_SHA_1,
            Self::Sha224 => rfc5912::ID_SHA_224,
            Self::Sha256 => rfc5912::ID_SHA_256,
            Self::Sha384 => rfc5912::ID_SHA_384,
            Self::Sha512 => rfc5912::ID_SHA_512,
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}

impl FromStr for Digest {
    type Err = UnknownDigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|digest| digest.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownDigest {
                found: shown(text, 40),
            })
    }
}

/// How a certificate, request or CRL is signed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureAlgorithm {
    /// RSA with PKCS #1 v1.5 padding (RFC 4055).
    RsaPkcs1(Digest),
    /// RSASSA-PSS with MGF1 over the same digest and a salt of the digest's length (RFC 4055).
    RsaPss(Digest),
    /// RSASSA-PSS with other parameters, which is not verified here.
    RsaPssOther(Box<PssParameters>),
    /// ECDSA (RFC 5758).
    Ecdsa(Digest),
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Any other, or one of the above with parameters that are not allowed: its object identifier.
    Other(Box<str>),
}

impl SignatureAlgorithm {
    /// The digest that the signature is made over, where it is a step of its own.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        match self {
            Self::RsaPkcs1(digest) | Self::RsaPss(digest) | Self::Ecdsa(digest) => Some(*digest),
            Self::RsaPssOther(_) | Self::Ed25519 | Self::Other(_) => None,
        }
    }

    /// What an AlgorithmIdentifier names.
    #[must_use]
    pub(crate) fn read(identifier: &AlgorithmIdentifierRef<'_>) -> Self {
        let none = identifier.parameters.is_none();
        // RFC 4055 section 5: parameters are NULL; some authorities leave them out.
        let none_or_null = identifier.parameters.is_none_or(AnyRef::is_null);
        let known = match identifier.oid {
            oid if oid == rfc5912::ID_RSASSA_PSS => pss::read(identifier.parameters),
            oid if oid == ID_ED_25519 => none.then_some(Self::Ed25519),
            oid => rsa_digest(oid)
                .filter(|_| none_or_null)
                .map(Self::RsaPkcs1)
                .or_else(|| ecdsa_digest(oid).filter(|_| none).map(Self::Ecdsa)),
        };
        known.unwrap_or_else(|| Self::Other(identifier.oid.to_string().into()))
    }

    /// The AlgorithmIdentifier in DER, for the algorithms that we sign with; `None` for the others.
    #[must_use]
    pub fn to_der(&self) -> Option<Vec<u8>> {
        let (oid, parameters) = match self {
            Self::RsaPkcs1(digest) => (rsa_oid(*digest), Some(AnyRef::NULL)),
            Self::Ecdsa(digest) => (ecdsa_oid(*digest), None),
            Self::Ed25519 => (ID_ED_25519, None),
            Self::RsaPss(_) | Self::RsaPssOther(_) | Self::Other(_) => return None,
        };
        AlgorithmIdentifier { oid, parameters }.to_der().ok()
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaPkcs1(digest) => write!(f, "RSA with {digest}"),
            Self::RsaPss(digest) => write!(f, "RSA-PSS with {digest}"),
            Self::RsaPssOther(parameters) => write!(f, "RSA-PSS with {parameters}"),
            Self::Ecdsa(digest) => write!(f, "ECDSA with {digest}"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Other(oid) => match KNOWN_BY_NAME.iter().find(|(known, _)| *known == &**oid) {
                Some((_, name)) => f.write_str(name),
                None => f.write_str(oid),
            },
        }
    }
}

/// Algorithms that are not used here, and have a name all the same. Those of [`SignatureAlgorithm`]
/// that stand here too had parameters that are not allowed.
const KNOWN_BY_NAME: &[(&str, &str)] = &[
    ("1.2.840.113549.1.1.2", "RSA with MD2"),
    ("1.2.840.113549.1.1.4", "RSA with MD5"),
    (
        "1.2.840.113549.1.1.10",
        "RSA-PSS with parameters that cannot be read",
    ),
    ("1.2.840.10040.4.3", "DSA with SHA-1"),
    ("2.16.840.1.101.3.4.3.2", "DSA with SHA-256"),
    ("1.2.156.10197.1.501", "SM2 with SM3"),
    ("1.3.101.112", "Ed25519 with parameters"),
    ("1.3.101.113", "Ed448"),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
    ("2.16.840.1.101.3.4.3.14", "RSA with SHA3-256"),
    ("2.16.840.1.101.3.4.3.10", "ECDSA with SHA3-256"),
];

fn rsa_oid(digest: Digest) -> ObjectIdentifier {
    match digest {
        Digest::Sha1 => rfc5912::SHA_1_WITH_RSA_ENCRYPTION,
        Digest::Sha224 => rfc5912::SHA_224_WITH_RSA_ENCRYPTION,
        Digest::Sha256 => rfc5912::SHA_256_WITH_RSA_ENCRYPTION,
        Digest::Sha384 => rfc5912::SHA_384_WITH_RSA_ENCRYPTION,
        Digest::Sha512 => rfc5912::SHA_512_WITH_RSA_ENCRYPTION,
    }
}

fn rsa_digest(oid: ObjectIdentifier) -> Option<Digest> {
    Digest::ALL
        .into_iter()
        .find(|&digest| rsa_oid(digest) == oid)
}

fn ecdsa_oid(digest: Digest) -> ObjectIdentifier {
    match digest {
        Digest::Sha1 => ECDSA_WITH_SHA_1,
        Digest::Sha224 => rfc5912::ECDSA_WITH_SHA_224,
        Digest::Sha256 => rfc5912::ECDSA_WITH_SHA_256,
        Digest::Sha384 => rfc5912::ECDSA_WITH_SHA_384,
        Digest::Sha512 => rfc5912::ECDSA_WITH_SHA_512,
    }
}

fn ecdsa_digest(oid: ObjectIdentifier) -> Option<Digest> {
    Digest::ALL
        .into_iter()
        .find(|&digest| ecdsa_oid(digest) == oid)
}

/// Reads an AlgorithmIdentifier that stands alone.
#[cfg(test)]
fn read_der(der: &[u8]) -> SignatureAlgorithm {
    <AlgorithmIdentifierRef<'_> as der::Decode>::from_der(der).map_or_else(
        |_| SignatureAlgorithm::Other("".into()),
        |id| SignatureAlgorithm::read(&id),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for digest in Digest::ALL {
            for algorithm in [
                SignatureAlgorithm::RsaPkcs1(digest),
                SignatureAlgorithm::Ecdsa(digest),
            ] {
                let der = algorithm.to_der().expect("an algorithm that we sign with");
                assert_eq!(read_der(&der), algorithm);
            }
            assert_eq!(digest.name().parse(), Ok(digest));
        }
        assert!("sha3".parse::<Digest>().is_err());
    }
}
