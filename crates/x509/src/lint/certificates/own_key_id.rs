//! A root that signed itself says the same of its issuer's key as of its own.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "own-key-id",
    about: "A root that signed itself says the same of its issuer's key as of its own.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 4.2.1.1",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.extensions();
    let issuer = extensions.authority_key_id.as_ref();
    let issuer = issuer.and_then(|identifier| identifier.key_id.as_deref());
    let differ = match (issuer, extensions.subject_key_id.as_deref()) {
        (Some(issuer), Some(own)) => issuer != own,
        (None, _) | (_, None) => false,
    };
    when(certificate.is_self_issued() && differ, || {
        "issuer and subject are one, but their key identifiers differ; it was signed with another key of the same authority, or a path to it may not be found"
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
        let host = sample::host();
        let mut root = ToBeSigned {
            issuer: host.subject.clone(),
            ..host
        };
        assert!(!check(&sample::read(&root)).is_empty());
        root.authority_key_id = Some(root.subject_key_id.clone());
        assert!(check(&sample::read(&root)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
    }
}
