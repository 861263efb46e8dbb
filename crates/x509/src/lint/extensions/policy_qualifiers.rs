//! Policies are best named alone.

use super::super::{Rule, Severity};
use crate::extension::Extensions;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "policy-qualifiers",
    about: "Policies are best named alone.",
    severity: Severity::Note,
    clause: "RFC 5280 section 4.2.1.4",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let policies = extensions.certificate_policies.iter().flatten();
    policies
        .filter(|policy| !policy.qualifiers.is_empty())
        .map(|policy| {
            format!(
                "the policy {} has qualifiers; a policy alone is recommended",
                policy.oid
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::extension::policies::ANY_POLICY;
    use crate::extension::policies::CertificatePolicy;
    use crate::extension::policies::PolicyQualifier;

    #[test]
    fn fires_and_is_silent() {
        let with = |qualifiers| Extensions {
            certificate_policies: Some(vec![CertificatePolicy {
                oid: ANY_POLICY,
                qualifiers,
            }]),
            ..Extensions::default()
        };
        let statement = PolicyQualifier::Statement("http://a/".to_owned());
        assert!(!check(&with(vec![statement])).is_empty());
        assert!(check(&with(Vec::new())).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
