//! Nobody is on a list before being revoked.

use super::super::{Rule, Severity};
use crate::crl::RevocationList;

pub(super) const RULE: Rule<RevocationList> = Rule {
    name: "list-entry-later",
    about: "Nobody is on a list before being revoked.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 5.1.2.6",
    check,
};

fn check(list: &RevocationList) -> Vec<String> {
    let later = list
        .entries()
        .filter_map(Result::ok)
        .find(|entry| entry.revoked > list.this_update());
    later
        .map(|entry| {
            format!(
                "the certificate with serial {} is said to be revoked on {}, after the list was made",
                entry.serial(),
                entry.revoked
            )
        })
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        // sample::list_of is of 2020, its entries of 2021.
        let later = sample::wrap(0x30, &sample::entry(7));
        assert!(!check(&sample::list_of(&[2, 1, 1], None, &later, &[])).is_empty());
        assert!(check(&sample::list()).is_empty());
    }
}
