//! An RSA key has at least 2048 bits; other keys are of a kind that is known to be good.

use super::super::{Rule, Severity};
use crate::public_key::{PublicKey, PublicKeyAlgorithm as Algorithm};

pub(super) const RULE: Rule<PublicKey> = Rule {
    name: "key-strength",
    about: "An RSA key has at least 2048 bits; other keys are of a kind that is known to be good.",
    severity: Severity::Error,
    clause: "NIST SP 800-131A table 2; RFC 5480 section 2.1.1",
    check,
};

/// The smallest RSA key that the lint takes.
///
/// Source: NIST SP 800-131A table 2.
const MIN_RSA_BITS: u32 = 2048;

fn check(key: &PublicKey) -> Vec<String> {
    let found = match key.algorithm() {
        Algorithm::Rsa { bits } if *bits < MIN_RSA_BITS => format!("an RSA key of {bits} bits"),
        Algorithm::Other(_) => format!("a key of the kind {}", key.algorithm()),
        Algorithm::Rsa { .. }
        | Algorithm::EcP256
        | Algorithm::EcP384
        | Algorithm::EcP521
        | Algorithm::Ed25519 => return Vec::new(),
    };
    vec![format!(
        "this is {found}; allowed are RSA from {MIN_RSA_BITS} bits, P-256, P-384, P-521 and Ed25519"
    )]
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        // The sample key with the last digit of its curve changed: 1.2.840.10045.3.1.1.
        let mut der = sample::host().public_key.der().to_vec();
        der[22] = 1;
        let other = PublicKey::from_der(&der).expect("a well-formed key");
        assert!(!check(&other).is_empty());
        assert!(!check(&sample::rsa(&[0xff; 128], &[1, 0, 1])).is_empty());
        assert!(check(&sample::rsa(&[0xff; 256], &[1, 0, 1])).is_empty());
        assert!(check(&sample::host().public_key).is_empty());
    }
}
