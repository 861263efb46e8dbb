//! The key of the issuer is identified, unless an authority signed itself.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "authority-key-id",
    about: "The key of the issuer is identified, unless an authority signed itself.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.1",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.extensions();
    let may_be_root =
        certificate.is_self_issued() && extensions.authority_if_known() != Some(false);
    let missing = !extensions.is_unreadable(&rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER);
    match &extensions.authority_key_id {
        None => when(missing && !may_be_root, || {
            "the certificate does not identify the key of its authority (authorityKeyIdentifier)"
                .to_owned()
        }),
        Some(identifier) => when(
            identifier.key_id.as_ref().is_none_or(|id| id.is_empty()),
            || "the authorityKeyIdentifier has no key identifier".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::tbs::ToBeSigned;

    #[test]
    fn fires_and_is_silent() {
        let bad = ToBeSigned {
            authority_key_id: None,
            ..sample::host()
        };
        assert!(!check(&sample::read(&bad)).is_empty());
        let empty = ToBeSigned {
            authority_key_id: Some(Vec::new()),
            ..sample::host()
        };
        assert!(!check(&sample::read(&empty)).is_empty());
        let own = ToBeSigned {
            issuer: bad.subject.clone(),
            ..bad
        };
        assert!(!check(&sample::read(&own)).is_empty());
        let root = ToBeSigned {
            issuer: own.subject,
            authority_key_id: None,
            ..sample::authority()
        };
        assert!(check(&sample::read(&root)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
    }
}
