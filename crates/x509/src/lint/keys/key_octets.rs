//! A point or a key of Edwards's kind has the length of its curve.

use super::super::{Rule, Severity, when};
use crate::public_key::{PublicKey, PublicKeyAlgorithm};

pub(super) const RULE: Rule<PublicKey> = Rule {
    name: "key-octets",
    about: "A point or a key of Edwards's kind has the length of its curve.",
    severity: Severity::Error,
    clause: "RFC 5480 section 2.2; RFC 8410 section 4",
    check,
};

fn check(key: &PublicKey) -> Vec<String> {
    let octets = match key.algorithm() {
        PublicKeyAlgorithm::EcP256 => 32,
        PublicKeyAlgorithm::EcP384 => 48,
        PublicKeyAlgorithm::EcP521 => 66,
        PublicKeyAlgorithm::Ed25519 => {
            return when(key.key_bits().len() != 32, || {
                format!(
                    "the Ed25519 key has {} octets; it must have 32",
                    key.key_bits().len()
                )
            });
        }
        PublicKeyAlgorithm::Rsa { .. } | PublicKeyAlgorithm::Other(_) => return Vec::new(),
    };
    match key.key_bits().split_first() {
        Some((4, point)) if point.len() == 2 * octets => Vec::new(),
        Some((2 | 3, point)) if point.len() == octets => {
            vec!["the point of the key is compressed, which many programs do not read".to_owned()]
        }
        Some(_) | None => vec![format!(
            "the point of the key is not one on {}",
            key.algorithm()
        )],
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let good = sample::host().public_key;
        let with = |point: &[u8]| sample::ec(point);
        assert!(!check(&with(&[4; 10])).is_empty());
        assert!(!check(&with(&[2; 33])).is_empty());
        assert!(check(&good).is_empty());
    }
}
