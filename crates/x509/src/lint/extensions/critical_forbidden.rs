//! What only informs must not be critical, or programs refuse for nothing.

use super::super::{Rule, Severity};
use super::SMIME_CAPABILITIES;
use crate::extension::{Extensions, extension_name};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "critical-forbidden",
    about: "What only informs must not be critical, or programs refuse for nothing.",
    severity: Severity::Error,
    clause: "RFC 5280 sections 4.2.1.1, 4.2.1.2, 4.2.1.8, 4.2.1.15 and 4.2.2; RFC 8551 section 2.5.2",
    check,
};

/// Extensions that must not be critical.
const MARKS: &[ObjectIdentifier] = &[
    rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER,
    rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER,
    rfc5280::ID_CE_SUBJECT_DIRECTORY_ATTRIBUTES,
    rfc5280::ID_CE_FRESHEST_CRL,
    rfc5280::ID_PE_AUTHORITY_INFO_ACCESS,
    rfc5280::ID_PE_SUBJECT_INFO_ACCESS,
    SMIME_CAPABILITIES,
];

fn check(extensions: &Extensions) -> Vec<String> {
    extensions
        .all
        .iter()
        .filter(|(oid, critical)| *critical && MARKS.contains(oid))
        .map(|(oid, _)| {
            format!(
                "the extension {} is critical; it must not be",
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
            assert!(!check(&with(*oid, true)).is_empty(), "{oid}");
            assert!(check(&with(*oid, false)).is_empty(), "{oid}");
        }
        assert!(check(&sample::extensions()).is_empty());
    }
}
