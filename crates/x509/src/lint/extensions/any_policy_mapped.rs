//! anyPolicy is mapped to nothing, and nothing to it.

use super::super::{Rule, Severity, when};
use crate::extension::Extensions;
use crate::extension::policies::ANY_POLICY;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "any-policy-mapped",
    about: "anyPolicy is mapped to nothing, and nothing to it.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.5",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let mappings = extensions.policy_mappings.iter().flatten();
    let broken = mappings
        .into_iter()
        .any(|mapping| [mapping.issuer, mapping.subject].contains(&ANY_POLICY));
    when(broken, || {
        "anyPolicy is mapped, which must not be".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::extension::policies::PolicyMapping;
    use const_oid::ObjectIdentifier;

    #[test]
    fn fires_and_is_silent() {
        let policy = ObjectIdentifier::new_unwrap("1.2.3");
        let with = |subject| Extensions {
            policy_mappings: Some(vec![PolicyMapping {
                issuer: policy,
                subject,
            }]),
            ..Extensions::default()
        };
        assert!(!check(&with(ANY_POLICY)).is_empty());
        assert!(check(&with(policy)).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
