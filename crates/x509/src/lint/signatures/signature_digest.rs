//! A signature is made over a digest of at least 224 bits.

use super::super::{Rule, Severity, when};
use crate::algorithm::{Digest, SignatureAlgorithm};

pub(super) const RULE: Rule<SignatureAlgorithm> = Rule {
    name: "signature-digest",
    about: "A signature is made over a digest of at least 224 bits.",
    severity: Severity::Warning,
    clause: "RFC 9155 section 2",
    check,
};

fn check(algorithm: &SignatureAlgorithm) -> Vec<String> {
    when(algorithm.digest() == Some(Digest::Sha1), || {
        "the signature is made over SHA-1, which is broken and refused by most programs; use sha256"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&SignatureAlgorithm::RsaPkcs1(Digest::Sha1)).is_empty());
        assert!(!check(&SignatureAlgorithm::Ecdsa(Digest::Sha1)).is_empty());
        assert!(check(&SignatureAlgorithm::RsaPkcs1(Digest::Sha224)).is_empty());
        assert!(check(sample::host_certificate().signature_algorithm()).is_empty());
    }
}
