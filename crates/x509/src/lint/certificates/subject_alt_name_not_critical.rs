//! Beside a subject, the subject alternative name should not be critical.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "subject-alt-name-not-critical",
    about: "Beside a subject, the subject alternative name should not be critical.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 4.2.1.6",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let broken = !certificate.subject().is_empty()
        && certificate
            .extensions()
            .is_critical(&rfc5280::ID_CE_SUBJECT_ALT_NAME)
            == Some(true);
    when(broken, || {
        "the subject alternative name is critical, though there is a subject; it should not be"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::super::super::sample::Odd;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&sample::odd(Odd::CriticalNames)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
    }
}
