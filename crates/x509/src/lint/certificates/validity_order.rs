//! A certificate begins before it ends.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "validity-order",
    about: "A certificate begins before it ends.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.1.2.5",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let validity = certificate.validity();
    when(validity.not_after <= validity.not_before, || {
        format!(
            "the certificate ends at {} and begins at {}; it must end after it begins",
            validity.not_after, validity.not_before
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let mut tbs = sample::host();
        tbs.validity.not_after = tbs.validity.not_before;
        assert!(!check(&sample::read(&tbs)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
    }
}
