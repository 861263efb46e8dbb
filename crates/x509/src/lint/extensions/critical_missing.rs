//! What constrains paths must be critical, or old programs pass it over.

use super::super::{Rule, Severity};
use super::POISON;
use super::critical_mark::{CriticalMark, wrongly};
use crate::extension::Extensions;
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
    wrongly(extensions, CriticalMark::Missing, MARKS, "must be")
}

#[cfg(test)]
mod tests {
    use super::super::critical_mark::tests::fires_for;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let oids = [
            "2.5.29.30",
            "2.5.29.36",
            "2.5.29.54",
            "1.3.6.1.4.1.11129.2.4.3",
        ];
        fires_for(check, CriticalMark::Missing, &oids);
    }
}
