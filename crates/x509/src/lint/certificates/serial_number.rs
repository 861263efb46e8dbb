//! A serial number is positive and at most 20 octets long.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "serial-number",
    about: "A serial number is positive and at most 20 octets long.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.1.2.2",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let serial = certificate.serial();
    when(!serial.is_conforming(), || {
        let shown: String = serial.to_string().chars().take(60).collect();
        format!("the serial number is {shown}; it must be positive and at most 20 octets long")
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::super::super::sample::Odd;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        for contents in [&[0_u8][..], &[0x80], &[0x01; 21]] {
            let odd = sample::odd(Odd::Serial(contents));
            assert!(!check(&odd).is_empty(), "{contents:?}");
        }
        assert!(check(&sample::odd(Odd::Serial(&[0x01; 20]))).is_empty());
    }
}
