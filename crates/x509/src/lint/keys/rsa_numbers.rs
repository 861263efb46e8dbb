//! Modulus and exponent of an RSA key are odd, and the exponent is three at least.

use super::super::{Rule, Severity, when};
use crate::public_key::PublicKey;

pub(super) const RULE: Rule<PublicKey> = Rule {
    name: "rsa-numbers",
    about: "Modulus and exponent of an RSA key are odd, and the exponent is three at least.",
    severity: Severity::Error,
    clause: "RFC 8017 section 3.1",
    check,
};

fn check(key: &PublicKey) -> Vec<String> {
    let Some(numbers) = key.rsa_numbers() else {
        return Vec::new();
    };
    let odd = |octets: &[u8]| octets.last().is_some_and(|last| last & 1 == 1);
    if !odd(numbers.modulus) || !odd(numbers.exponent) {
        return vec![
            "the modulus or exponent of the RSA key is even, so that it is none".to_owned(),
        ];
    }
    when(numbers.exponent == [1], || {
        "the exponent of the RSA key is 1, so that it hides and proves nothing".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&sample::rsa(&[0xfe; 256], &[1, 0, 1])).is_empty());
        assert!(!check(&sample::rsa(&[0xff; 256], &[2])).is_empty());
        assert!(!check(&sample::rsa(&[0xff; 256], &[1])).is_empty());
        assert!(check(&sample::rsa(&[0xff; 256], &[3])).is_empty());
        assert!(check(&sample::host().public_key).is_empty());
    }
}
