//! A revocation list is of version 2, since its number is an extension.

use super::super::{Rule, Severity, when};
use crate::crl::RevocationList;
use crate::crl::head::ListVersion;

pub(super) const RULE: Rule<RevocationList> = Rule {
    name: "list-version",
    about: "A revocation list is of version 2, since its number is an extension.",
    severity: Severity::Error,
    clause: "RFC 5280 section 5.1.2.1",
    check,
};

fn check(list: &RevocationList) -> Vec<String> {
    when(list.head().version != ListVersion::V2, || {
        "the revocation list is of version 1; it must be of version 2".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&sample::list_of(&[], None, &[], &[])).is_empty());
        assert!(check(&sample::list()).is_empty());
    }
}
