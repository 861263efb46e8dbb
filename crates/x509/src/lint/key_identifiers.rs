//! Keys are identified, so that paths can be built when an authority has had several.

use super::Violation;
use crate::tbs::ToBeSigned;

const CLAUSE: &str = "RFC 5280 sections 4.2.1.1 and 4.2.1.2";

pub(super) fn check(tbs: &ToBeSigned) -> Option<Violation> {
    let missing = if tbs.subject_key_id.is_empty() {
        "its own key (subjectKeyIdentifier)"
    } else if tbs.authority_key_id.is_none() {
        "the key of its authority (authorityKeyIdentifier)"
    } else {
        return None;
    };
    Some(Violation {
        clause: CLAUSE,
        message: format!("the certificate does not identify {missing}"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn fires_on_a_key_without_a_name() {
        assert!(
            check(&ToBeSigned {
                subject_key_id: Vec::new(),
                ..sample::host()
            })
            .is_some()
        );
        assert!(
            check(&ToBeSigned {
                authority_key_id: None,
                ..sample::host()
            })
            .is_some()
        );
        assert!(check(&sample::host()).is_none());
        assert!(check(&sample::authority()).is_none());
    }
}
