//! What restricts the use of a key should be critical.

use super::super::{Rule, Severity};
use super::critical_mark::{CriticalMark, wrongly};
use crate::extension::Extensions;
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
    wrongly(extensions, CriticalMark::Missing, MARKS, "should be")
}

#[cfg(test)]
mod tests {
    use super::super::critical_mark::tests::fires_for;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let oids = ["2.5.29.15", "2.5.29.33"];
        fires_for(check, CriticalMark::Missing, &oids);
    }
}
