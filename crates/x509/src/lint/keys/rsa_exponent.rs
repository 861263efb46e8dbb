//! The exponent of an RSA key is between 2^16 and 2^256.

use super::super::{Rule, Severity, when};
use crate::public_key::PublicKey;

pub(super) const RULE: Rule<PublicKey> = Rule {
    name: "rsa-exponent",
    about: "The exponent of an RSA key is between 2^16 and 2^256.",
    severity: Severity::Warning,
    clause: "NIST FIPS 186-5 section 5.1",
    check,
};

fn check(key: &PublicKey) -> Vec<String> {
    let Some(numbers) = key.rsa_numbers() else {
        return Vec::new();
    };
    let short = numbers.exponent.len() < 3;
    when(short || numbers.exponent.len() > 32, || {
        let size = if short { "below 2^16" } else { "above 2^256" };
        format!("the exponent of the RSA key is {size}; 65537 is usual")
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&sample::rsa(&[0xff; 256], &[3])).is_empty());
        assert!(!check(&sample::rsa(&[0xff; 256], &[1; 33])).is_empty());
        assert!(check(&sample::rsa(&[0xff; 256], &[1, 0, 1])).is_empty());
        assert!(check(&sample::host().public_key).is_empty());
    }
}
