//! What few programs act on should not be critical.

use super::super::{Rule, Severity};
use super::OCSP_NO_CHECK;
use crate::extension::{Extensions, extension_name};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "critical-unusual",
    about: "What few programs act on should not be critical.",
    severity: Severity::Warning,
    clause: "RFC 5280 sections 4.2.1.7 and 4.2.1.13; RFC 6960 section 4.2.2.2.1",
    check,
};

/// Extensions that should not be critical.
const MARKS: &[ObjectIdentifier] = &[
    rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS,
    rfc5280::ID_CE_ISSUER_ALT_NAME,
    OCSP_NO_CHECK,
];

fn check(extensions: &Extensions) -> Vec<String> {
    extensions
        .all
        .iter()
        .filter(|(oid, critical)| *critical && MARKS.contains(oid))
        .map(|(oid, _)| {
            format!(
                "the extension {} is critical; it should not be",
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
