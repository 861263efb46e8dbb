//! Keys are identified, so that paths can be built when an authority has had several.

use super::super::{Rule, Severity};
use crate::tbs::ToBeSigned;

pub(super) const RULE: Rule<ToBeSigned> = Rule {
    name: "key-identifiers",
    about: "Keys are identified, so that paths can be built when an authority has had several.",
    severity: Severity::Error,
    clause: "RFC 5280 sections 4.2.1.1 and 4.2.1.2",
    check,
};

fn check(tbs: &ToBeSigned) -> Vec<String> {
    let missing = if tbs.subject_key_id.is_empty() {
        "its own key (subjectKeyIdentifier)"
    } else if tbs.authority_key_id.is_none() {
        "the key of its authority (authorityKeyIdentifier)"
    } else {
        return Vec::new();
    };
    vec![format!("the certificate does not identify {missing}")]
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let bad = ToBeSigned {
            subject_key_id: Vec::new(),
            ..sample::host()
        };
        assert!(!check(&bad).is_empty());
        let bad = ToBeSigned {
            authority_key_id: None,
            ..sample::host()
        };
        assert!(!check(&bad).is_empty());
        assert!(check(&sample::host()).is_empty());
        assert!(check(&sample::authority()).is_empty());
    }
}
