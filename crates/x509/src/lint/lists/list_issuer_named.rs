//! The issuer of a list has a name.

use super::super::{Rule, Severity, when};
use crate::crl::RevocationList;

pub(super) const RULE: Rule<RevocationList> = Rule {
    name: "list-issuer-named",
    about: "The issuer of a list has a name.",
    severity: Severity::Error,
    clause: "RFC 5280 section 5.1.2.3",
    check,
};

fn check(list: &RevocationList) -> Vec<String> {
    when(list.issuer().is_empty(), || {
        "the issuer of the revocation list has an empty name".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&sample::list_of(&[2, 1, 1], None, &[], &[])).is_empty());
        assert!(check(&sample::list()).is_empty());
    }
}
