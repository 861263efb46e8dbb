//! A host should identify its key.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "subject-key-id-of-host",
    about: "A host should identify its key.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 4.2.1.2",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.extensions();
    let identified = extensions
        .subject_key_id
        .as_ref()
        .is_some_and(|id| !id.is_empty());
    when(!extensions.is_authority() && !identified, || {
        "the certificate does not identify its key (subjectKeyIdentifier)".to_owned()
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
            ..sample::host()
        };
        assert!(!check(&sample::read(&bad)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
    }
}
