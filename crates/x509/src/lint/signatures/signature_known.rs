//! A signature is of a kind that this program verifies.

use super::super::{Rule, Severity, when};
use crate::algorithm::SignatureAlgorithm;

pub(super) const RULE: Rule<SignatureAlgorithm> = Rule {
    name: "signature-known",
    about: "A signature is of a kind that this program verifies.",
    severity: Severity::Note,
    clause: "a rule of this program",
    check,
};

fn check(algorithm: &SignatureAlgorithm) -> Vec<String> {
    when(matches!(algorithm, SignatureAlgorithm::Other(_)), || {
        format!("the signature is {algorithm}, which is not verified here")
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&SignatureAlgorithm::Other("1.3.101.113".into())).is_empty());
        assert!(check(&SignatureAlgorithm::Ed25519).is_empty());
        assert!(check(sample::host_certificate().signature_algorithm()).is_empty());
    }
}
