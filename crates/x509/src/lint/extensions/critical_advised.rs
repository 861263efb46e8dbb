//! What restricts the use of a key should be critical.

use super::super::{Rule, Severity};
use crate::extension::{Extensions, extension_name};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "critical-advised",
    about: "What restricts the use of a key should be critical.",
    severity: Severity::Warning,
    clause: "RFC 5280 sections 4.2.1.3 and 4.2.1.5",
    check,
};

/// Extensions that should be critical.
const MARKS: &[ObjectIdentifier] = &[rfc5280::ID_CE_KEY_USAGE, rfc5280::ID_CE_POLICY_MAPPINGS];

fn check(extensions: &Extensions) -> Vec<String> {
    extensions
        .all
        .iter()
        .filter(|(oid, critical)| !*critical && MARKS.contains(oid))
        .map(|(oid, _)| {
            format!(
                "the extension {} is not critical; it should be",
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
