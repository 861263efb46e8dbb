//! A policy stands once among the policies.

use super::super::{Rule, Severity};
use super::repeated;
use crate::extension::Extensions;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "policies-once",
    about: "A policy stands once among the policies.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.4",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let policies = extensions.certificate_policies.iter().flatten();
    let oids: Vec<_> = policies.map(|policy| policy.oid).collect();
    repeated(&oids)
        .map(|oid| format!("the policy {oid} stands there twice"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::extension::policies::ANY_POLICY;
    use crate::extension::policies::CertificatePolicy;

    #[test]
    fn fires_and_is_silent() {
        let policy = CertificatePolicy {
            oid: ANY_POLICY,
            qualifiers: Vec::new(),
        };
        let with = |policies| Extensions {
            certificate_policies: Some(policies),
            ..Extensions::default()
        };
        assert!(!check(&with(vec![policy.clone(), policy.clone()])).is_empty());
        assert!(check(&with(vec![policy])).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
