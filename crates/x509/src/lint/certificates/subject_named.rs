//! An authority has a name; a host without one has a subject alternative name.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "subject-named",
    about: "An authority has a name; a host without one has a subject alternative name.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.1.2.6",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.extensions();
    let no_other_names = extensions.subject_alt_names.is_none()
        && !extensions.is_unreadable(&rfc5280::ID_CE_SUBJECT_ALT_NAME);
    let nameless =
        certificate.subject().is_empty() && (extensions.is_authority() || no_other_names);
    when(nameless, || {
        "the certificate names nobody; it needs a subject with a common name".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::name::build::NameBuilder;
    use crate::tbs::ToBeSigned;

    #[test]
    fn fires_and_is_silent() {
        let subject = NameBuilder::default().build().expect("an empty name");
        let authority = ToBeSigned {
            subject: subject.clone(),
            ..sample::authority()
        };
        assert!(!check(&sample::read(&authority)).is_empty());
        let host = ToBeSigned {
            subject,
            ..sample::host()
        };
        assert!(
            check(&sample::read(&host)).is_empty(),
            "its alternative name is enough"
        );
        let nobody = ToBeSigned {
            subject_alt_names: Vec::new(),
            ..host
        };
        assert!(!check(&sample::read(&nobody)).is_empty());
    }
}
