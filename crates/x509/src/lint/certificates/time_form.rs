//! Times through 2049 are UTCTime, later ones GeneralizedTime.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "time-form",
    about: "Times through 2049 are UTCTime, later ones GeneralizedTime.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.1.2.5",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    when(!certificate.has_conforming_times(), || {
        "a time before 2050 is written as GeneralizedTime; it must be UTCTime".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::super::super::sample::Odd;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&sample::odd(Odd::GeneralizedTimes)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
    }
}
