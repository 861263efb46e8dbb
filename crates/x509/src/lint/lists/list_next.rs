//! A list says when the next one comes, and that is later.

use super::super::{Rule, Severity, when};
use crate::crl::RevocationList;

pub(super) const RULE: Rule<RevocationList> = Rule {
    name: "list-next",
    about: "A list says when the next one comes, and that is later.",
    severity: Severity::Error,
    clause: "RFC 5280 section 5.1.2.5",
    check,
};

fn check(list: &RevocationList) -> Vec<String> {
    let Some(next) = list.next_update() else {
        return vec![
            "the revocation list does not say when the next one comes (nextUpdate)".to_owned(),
        ];
    };
    when(next <= list.this_update(), || {
        format!(
            "the next list is said to come at {next}, and this one is of {}",
            list.this_update()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&sample::list_of(&[2, 1, 1], None, &[], &[])).is_empty());
        let early = Some("700101000000Z");
        assert!(!check(&sample::list_of(&[2, 1, 1], early, &[], &[])).is_empty());
        assert!(check(&sample::list()).is_empty());
    }
}
