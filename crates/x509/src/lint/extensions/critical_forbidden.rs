//! What only informs must not be critical, or programs refuse for nothing.

use super::super::{Rule, Severity};
use super::SMIME_CAPABILITIES;
use super::critical_mark::{CriticalMark, wrongly};
use crate::extension::Extensions;
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
    wrongly(extensions, CriticalMark::Set, MARKS, "must not be")
}

#[cfg(test)]
mod tests {
    use super::super::critical_mark::tests::fires_for;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let oids = [
            "2.5.29.35",
            "2.5.29.14",
            "2.5.29.9",
            "2.5.29.46",
            "1.3.6.1.5.5.7.1.1",
            "1.3.6.1.5.5.7.1.11",
            "1.2.840.113549.1.9.15",
        ];
        fires_for(check, CriticalMark::Set, &oids);
    }
}
