//! anyPolicy has no qualifiers but the two of RFC 5280.

use super::super::{Rule, Severity};
use crate::extension::Extensions;
use crate::extension::policies::{ANY_POLICY, PolicyQualifier};

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "any-policy-qualifiers",
    about: "anyPolicy has no qualifiers but the two of RFC 5280.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.4",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let policies = extensions.certificate_policies.iter().flatten();
    policies
        .filter(|policy| policy.oid == ANY_POLICY)
        .flat_map(|policy| &policy.qualifiers)
        .filter(|qualifier| matches!(qualifier, PolicyQualifier::Other(_)))
        .map(|qualifier| {
            format!("anyPolicy has the {qualifier}; only statements and notices are allowed")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::extension::policies::CertificatePolicy;

    #[test]
    fn fires_and_is_silent() {
        let with = |qualifier| Extensions {
            certificate_policies: Some(vec![CertificatePolicy {
                oid: ANY_POLICY,
                qualifiers: vec![qualifier],
            }]),
            ..Extensions::default()
        };
        assert!(!check(&with(PolicyQualifier::Other(ANY_POLICY))).is_empty());
        assert!(check(&with(PolicyQualifier::Statement("http://a/".to_owned()))).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
