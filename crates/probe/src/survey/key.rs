//! The kind of key in a certificate, as far as it decides who can speak with its server.
//!
//! Invariant: of a kind that is not known here nothing is said but that.

use std::fmt;

use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::PublicKeyAlgorithm;

use super::names::Group;

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// RSA that signs in every way.
    Rsa,
    /// RSA that is for PSS alone (rsassaPss).
    RsaPss,
    /// On this elliptic curve.
    Curve(Group),
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// DSA.
    Dsa,
    /// Any other.
    Other,
}

/// Kinds that stand in certificates by their object identifiers.
///
/// Source: RFC 4055 section 3.1; RFC 8410 section 3; RFC 3279 section 2.3.2; RFC 5639 appendix A; SEC 2 section A.2.
const OTHERS: &[(&str, Key)] = &[
    ("1.2.840.113549.1.1.10", Key::RsaPss),
    ("1.3.101.113", Key::Ed448),
    ("1.2.840.10040.4.1", Key::Dsa),
    ("1.3.36.3.3.2.8.1.1.7", Key::Curve(Group(26))),
    ("1.3.36.3.3.2.8.1.1.11", Key::Curve(Group(27))),
    ("1.3.36.3.3.2.8.1.1.13", Key::Curve(Group(28))),
    ("1.3.132.0.10", Key::Curve(Group(22))),
    ("1.3.132.0.33", Key::Curve(Group(21))),
    ("1.2.840.10045.3.1.1", Key::Curve(Group(19))),
];

impl Key {
    /// The key of a certificate; nothing if that cannot be read.
    pub(super) fn of_certificate(der: &[u8]) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?;
        Some(Self::of(certificate.public_key().algorithm()))
    }

    fn of(algorithm: &PublicKeyAlgorithm) -> Self {
        match algorithm {
            PublicKeyAlgorithm::Rsa { .. } => Self::Rsa,
            PublicKeyAlgorithm::EcP256 => Self::Curve(Group(23)),
            PublicKeyAlgorithm::EcP384 => Self::Curve(Group(24)),
            PublicKeyAlgorithm::EcP521 => Self::Curve(Group(25)),
            PublicKeyAlgorithm::Ed25519 => Self::Ed25519,
            PublicKeyAlgorithm::Other(identifier) => {
                let known = OTHERS.iter().find(|(known, _)| **known == **identifier);
                known.map_or(Self::Other, |(_, key)| *key)
            }
        }
    }

    /// The curve of the key that our engine has no group for.
    ///
    /// A client of TLS 1.2 has to name it among its groups, whatever keys are agreed on with. Source: RFC 8422 section 5.1.1.
    pub(super) fn foreign_curve(self) -> Option<Group> {
        match self {
            Self::Curve(curve) if !curve.is_ours() => Some(curve),
            Self::Curve(_)
            | Self::Rsa
            | Self::RsaPss
            | Self::Ed25519
            | Self::Ed448
            | Self::Dsa
            | Self::Other => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa => f.write_str("RSA"),
            Self::RsaPss => f.write_str("RSA for PSS alone"),
            Self::Curve(curve) => curve.fmt(f),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Ed448 => f.write_str("Ed448"),
            Self::Dsa => f.write_str("DSA"),
            Self::Other => f.write_str("of a kind that is not known here"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_that_are_not_ours() {
        let check = |key: Key, curve: Option<u16>| {
            assert_eq!(key.foreign_curve(), curve.map(Group), "{key}");
        };
        check(Key::of(&PublicKeyAlgorithm::EcP256), None);
        check(Key::of(&PublicKeyAlgorithm::EcP384), None);
        check(Key::of(&PublicKeyAlgorithm::EcP521), Some(25));
        check(Key::of(&PublicKeyAlgorithm::Rsa { bits: 2048 }), None);
        let other = |identifier: &str| Key::of(&PublicKeyAlgorithm::Other(identifier.into()));
        check(other("1.3.36.3.3.2.8.1.1.7"), Some(26));
        check(other("1.3.101.113"), None);
        assert_eq!(other("1.3.101.113"), Key::Ed448);
        assert_eq!(other("1.2.3"), Key::Other);
        assert_eq!(Key::of_certificate(b"no certificate"), None);
    }

    #[test]
    fn curves_have_names() {
        for (identifier, key) in OTHERS {
            if let Key::Curve(curve) = key {
                assert!(!curve.to_string().starts_with("group"), "{identifier}");
            }
        }
    }
}
