//! A point is written out; few programs read the compressed form.

use super::super::{Rule, Severity, when};
use crate::public_key::{PublicKey, PublicKeyAlgorithm};

pub(super) const RULE: Rule<PublicKey> = Rule {
    name: "point-compressed",
    about: "A point is written out; few programs read the compressed form.",
    severity: Severity::Warning,
    clause: "RFC 5480 section 2.2",
    check,
};

fn check(key: &PublicKey) -> Vec<String> {
    let on_curve = match key.algorithm() {
        PublicKeyAlgorithm::EcP256 | PublicKeyAlgorithm::EcP384 | PublicKeyAlgorithm::EcP521 => {
            true
        }
        PublicKeyAlgorithm::Rsa { .. }
        | PublicKeyAlgorithm::Ed25519
        | PublicKeyAlgorithm::Other(_) => false,
    };
    let compressed = matches!(key.key_bits().first(), Some(2 | 3));
    when(on_curve && compressed, || {
        "the point of the key is compressed, which many programs do not read".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&sample::ec(&[2; 33])).is_empty());
        assert!(check(&sample::host().public_key).is_empty());
    }
}
