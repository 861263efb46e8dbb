//! What few programs act on should not be critical.

use super::super::{Rule, Severity};
use super::OCSP_NO_CHECK;
use super::critical_mark::{CriticalMark, wrongly};
use crate::extension::Extensions;
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
    wrongly(extensions, CriticalMark::Set, MARKS, "should not be")
}

#[cfg(test)]
mod tests {
    use super::super::critical_mark::tests::fires_for;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let oids = ["2.5.29.31", "2.5.29.18", "1.3.6.1.5.5.7.48.1.5"];
        fires_for(check, CriticalMark::Set, &oids);
    }
}
