//! What changes the meaning of a list is critical, and nothing else.

use super::super::{Rule, Severity};
use crate::crl::RevocationList;
use crate::extension::extension_name;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<RevocationList> = Rule {
    name: "list-marks",
    about: "What changes the meaning of a list is critical, and nothing else.",
    severity: Severity::Error,
    clause: "RFC 5280 sections 5.2.1, 5.2.3, 5.2.4 and 5.2.5",
    check,
};

const MUST: [ObjectIdentifier; 2] = [
    rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT,
    rfc5280::ID_CE_DELTA_CRL_INDICATOR,
];
const MUST_NOT: [ObjectIdentifier; 5] = [
    rfc5280::ID_CE_CRL_NUMBER,
    rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER,
    rfc5280::ID_CE_ISSUER_ALT_NAME,
    rfc5280::ID_CE_FRESHEST_CRL,
    rfc5280::ID_PE_AUTHORITY_INFO_ACCESS,
];

fn check(list: &RevocationList) -> Vec<String> {
    let extensions = list.head().extensions.iter();
    extensions
        .filter_map(|(oid, critical)| {
            let name = extension_name(oid);
            if MUST.contains(oid) && !critical {
                Some(format!("the extension {name} is not critical; it must be"))
            } else if MUST_NOT.contains(oid) && *critical {
                Some(format!("the extension {name} is critical; it must not be"))
            } else {
                None
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        // cRLNumber 1, critical.
        let number = [
            0x06, 0x03, 0x55, 0x1d, 0x14, 0x01, 0x01, 0xff, 0x04, 0x03, 0x02, 0x01, 0x01,
        ];
        let extensions = sample::wrap(0x30, &sample::wrap(0x30, &number));
        let bad = sample::list_of(&[2, 1, 1], None, &[], &sample::wrap(0xa0, &extensions));
        assert!(!check(&bad).is_empty());
        assert!(check(&sample::list()).is_empty());
    }
}
