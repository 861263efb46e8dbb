//! With an empty subject, the subject alternative name must be critical.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "subject-alt-name-critical",
    about: "With an empty subject, the subject alternative name must be critical.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.6",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let broken = certificate.subject().is_empty()
        && certificate
            .extensions()
            .is_critical(&rfc5280::ID_CE_SUBJECT_ALT_NAME)
            == Some(false);
    when(broken, || {
        "the subject is empty, and the subject alternative name is not critical; it must be"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::super::super::sample::Odd;
    use super::*;
    use crate::name::build::NameBuilder;
    use crate::tbs::ToBeSigned;

    #[test]
    fn fires_and_is_silent() {
        let subject = NameBuilder::default().build().expect("an empty name");
        let good = sample::read(&ToBeSigned {
            subject,
            ..sample::host()
        });
        assert!(check(&good).is_empty());
        assert!(!check(&sample::odd(Odd::EmptySubject)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
    }
}
