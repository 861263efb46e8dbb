//! An RSA key that we certify has an exponent that every program takes.
//!
//! Where a certificate is only read, `rsa-exponent` warns of the same; here it forbids.

use super::super::keys::exponent_trouble;
use super::super::{Rule, Severity};
use crate::tbs::ToBeSigned;

pub(super) const RULE: Rule<ToBeSigned> = Rule {
    name: "issued-rsa-exponent",
    about: "The exponent of an RSA key that we certify is between 2^16 and 2^256.",
    severity: Severity::Error,
    clause: "NIST FIPS 186-5 section 5.1",
    check,
};

fn check(tbs: &ToBeSigned) -> Vec<String> {
    exponent_trouble(&tbs.public_key)
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let with = |exponent: &[u8]| {
            let mut tbs = sample::host();
            tbs.public_key = sample::rsa(&[0xff; 256], exponent);
            check(&tbs)
        };
        assert!(!with(&[3]).is_empty());
        assert!(!with(&[1; 33]).is_empty());
        assert!(with(&[1, 0, 1]).is_empty());
        assert!(check(&sample::host()).is_empty());
    }
}
