//! A list has a number, of at most 20 octets.

use super::super::{Rule, Severity, when};
use crate::crl::RevocationList;
use crate::crl::number::MAX_OCTETS;

pub(super) const RULE: Rule<RevocationList> = Rule {
    name: "list-number",
    about: "A list has a number, of at most 20 octets.",
    severity: Severity::Error,
    clause: "RFC 5280 section 5.2.3",
    check,
};

fn check(list: &RevocationList) -> Vec<String> {
    match list.number() {
        None => vec!["the revocation list has no number (cRLNumber)".to_owned()],
        Some(number) => when(number.der_contents().len() > MAX_OCTETS, || {
            format!("the number of the revocation list has more than {MAX_OCTETS} octets")
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let version = [2, 1, 1];
        assert!(!check(&sample::list_of(&version, None, &[], &[])).is_empty());
        assert!(check(&sample::list()).is_empty());
    }
}
