//! Whoever does not know a critical extension must not use the list.

use super::super::{Rule, Severity};
use crate::crl::RevocationList;
use crate::extension::extension_name;

pub(super) const RULE: Rule<RevocationList> = Rule {
    name: "list-unknown-critical",
    about: "Whoever does not know a critical extension must not use the list.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 5.2",
    check,
};

fn check(list: &RevocationList) -> Vec<String> {
    let unknown = list.unknown_critical().iter();
    unknown
        .map(|oid| {
            let name = extension_name(oid);
            format!("the critical extension {name} is not known here; the list cannot be used")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let odd = [
            0x06, 0x03, 0x2a, 0x03, 0x04, 0x01, 0x01, 0xff, 0x04, 0x02, 0x05, 0x00,
        ];
        let extensions = sample::wrap(0x30, &sample::wrap(0x30, &odd));
        let bad = sample::list_of(&[2, 1, 1], None, &[], &sample::wrap(0xa0, &extensions));
        assert!(!check(&bad).is_empty());
        assert!(check(&sample::list()).is_empty());
    }
}
