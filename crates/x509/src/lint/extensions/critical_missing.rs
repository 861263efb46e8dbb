//! What constrains paths must be critical, or old programs pass it over.

use super::super::{Rule, Severity};
use super::POISON;
use crate::extension::{Extensions, extension_name};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "critical-missing",
    about: "What constrains paths must be critical, or old programs pass it over.",
    severity: Severity::Error,
    clause: "RFC 5280 sections 4.2.1.10, 4.2.1.11 and 4.2.1.14",
    check,
};

/// Extensions that must be critical, basicConstraints aside, which must be so in authorities only.
const MARKS: &[ObjectIdentifier] = &[
    rfc5280::ID_CE_NAME_CONSTRAINTS,
    rfc5280::ID_CE_POLICY_CONSTRAINTS,
    rfc5280::ID_CE_INHIBIT_ANY_POLICY,
    POISON,
];

fn check(extensions: &Extensions) -> Vec<String> {
    extensions
        .all
        .iter()
        .filter(|(oid, critical)| !*critical && MARKS.contains(oid))
        .map(|(oid, _)| {
            format!(
                "the extension {} is not critical; it must be",
                extension_name(oid)
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let with = |oid, critical| Extensions {
            all: vec![(oid, critical)],
            ..Extensions::default()
        };
        for oid in MARKS {
            assert!(!check(&with(*oid, false)).is_empty(), "{oid}");
            assert!(check(&with(*oid, true)).is_empty(), "{oid}");
        }
        assert!(check(&sample::extensions()).is_empty());
    }
}
