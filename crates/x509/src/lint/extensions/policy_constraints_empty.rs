//! Policy constraints constrain something.

use super::super::{Rule, Severity, when};
use crate::extension::{Extensions, PolicyConstraints};

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "policy-constraints-empty",
    about: "Policy constraints constrain something.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.11",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let empty = extensions.policy_constraints == Some(PolicyConstraints::default());
    when(empty, || {
        "the policyConstraints are empty, which must not be".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let with = |constraints| Extensions {
            policy_constraints: Some(constraints),
            ..Extensions::default()
        };
        assert!(!check(&with(PolicyConstraints::default())).is_empty());
        let some = PolicyConstraints {
            require_explicit_policy: Some(0),
            inhibit_policy_mapping: None,
        };
        assert!(check(&with(some)).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
