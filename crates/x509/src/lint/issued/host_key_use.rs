//! The certificate of a host says what it is for.

use super::super::{Rule, Severity, when};
use crate::tbs::ToBeSigned;

pub(super) const RULE: Rule<ToBeSigned> = Rule {
    name: "host-key-use",
    about: "The certificate of a host says what it is for.",
    severity: Severity::Error,
    clause: "RFC 5280 sections 4.2.1.3, 4.2.1.6 and 4.2.1.12",
    check,
};

fn check(tbs: &ToBeSigned) -> Vec<String> {
    if tbs.basic_constraints.ca {
        return Vec::new();
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
    when(!missing.is_empty(), || {
        format!("the certificate of a host lacks: {}", missing.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let bare = ToBeSigned {
            extended_key_usage: Vec::new(),
            ..sample::host()
        };
        assert!(
            check(&bare)
                .iter()
                .any(|message| message.ends_with("extended key usage"))
        );
        assert!(check(&sample::host()).is_empty());
        assert!(
            check(&sample::authority()).is_empty(),
            "an authority needs none of them"
        );
    }
}
