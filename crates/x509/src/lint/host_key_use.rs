//! The certificate of a host says what it is for.

use super::Violation;
use crate::tbs::ToBeSigned;

const CLAUSE: &str = "RFC 5280 sections 4.2.1.3, 4.2.1.6 and 4.2.1.12";

pub(super) fn check(tbs: &ToBeSigned) -> Option<Violation> {
    if tbs.basic_constraints.ca {
        return None;
    }
    let missing = [
        ("key usage", tbs.key_usage.is_empty()),
        ("extended key usage", tbs.extended_key_usage.is_empty()),
        ("subject alternative name", tbs.subject_alt_names.is_empty()),
    ];
    let missing: Vec<&str> = missing
        .into_iter()
        .filter(|(_, absent)| *absent)
        .map(|(name, _)| name)
        .collect();
    (!missing.is_empty()).then(|| Violation {
        clause: CLAUSE,
        message: format!("the certificate of a host lacks: {}", missing.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn fires_on_a_host_without_usages() {
        let bare = ToBeSigned {
            extended_key_usage: Vec::new(),
            ..sample::host()
        };
        assert!(check(&bare).is_some_and(|v| v.message.ends_with("extended key usage")));
        assert!(check(&sample::host()).is_none());
        assert!(
            check(&sample::authority()).is_none(),
            "an authority needs none of them"
        );
    }
}
