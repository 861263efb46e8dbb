//! An authority identifies its key.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "subject-key-id-of-authority",
    about: "An authority identifies its key.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.2",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.extensions();
    let identified = extensions
        .subject_key_id
        .as_ref()
        .is_some_and(|id| !id.is_empty());
    let missing = !identified && !extensions.is_unreadable(&rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER);
    when(extensions.is_authority() && missing, || {
        "the certificate of an authority does not identify its key (subjectKeyIdentifier)"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::tbs::ToBeSigned;

    #[test]
    fn fires_and_is_silent() {
        let bad = ToBeSigned {
            subject_key_id: Vec::new(),
            ..sample::authority()
        };
        assert!(!check(&sample::read(&bad)).is_empty());
        assert!(check(&sample::authority_certificate()).is_empty());
    }
}
