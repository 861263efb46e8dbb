//! A path length stands only in the certificate of an authority that signs certificates.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;
use crate::extension::KeyUse;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "path-length-of-authority",
    about: "A path length stands only in the certificate of an authority that signs certificates.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.9",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.extensions();
    let constraints = extensions.basic_constraints.unwrap_or_default();
    let signs = extensions
        .key_usage
        .is_none_or(|usage| usage.allows(KeyUse::KeyCertSign))
        || extensions.is_unreadable(&rfc5280::ID_CE_KEY_USAGE);
    if constraints.path_length.is_none() {
        Vec::new()
    } else if !constraints.ca {
        vec!["the certificate has a path length, but is not an authority's".to_owned()]
    } else {
        when(!signs, || {
            "the certificate has a path length, but its key must not sign certificates".to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let mut tbs = sample::host();
        tbs.basic_constraints.path_length = Some(0);
        assert!(!check(&sample::read(&tbs)).is_empty());
        let mut tbs = sample::authority();
        tbs.key_usage = [KeyUse::CrlSign].into_iter().collect();
        assert!(!check(&sample::read(&tbs)).is_empty());
        assert!(check(&sample::authority_certificate()).is_empty());
    }
}
