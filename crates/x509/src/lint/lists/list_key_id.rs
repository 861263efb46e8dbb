//! A list says with which key it was signed.

use super::super::{Rule, Severity, when};
use crate::crl::RevocationList;

pub(super) const RULE: Rule<RevocationList> = Rule {
    name: "list-key-id",
    about: "A list says with which key it was signed.",
    severity: Severity::Error,
    clause: "RFC 5280 section 5.2.1",
    check,
};

fn check(list: &RevocationList) -> Vec<String> {
    when(list.authority_key_id().is_none_or(<[u8]>::is_empty), || {
        "the revocation list does not identify the key of its authority (authorityKeyIdentifier)"
            .to_owned()
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
