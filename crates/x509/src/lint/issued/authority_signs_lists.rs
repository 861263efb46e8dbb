//! Our authorities sign revocation lists too.

use super::super::{Rule, Severity, when};
use crate::extension::KeyUse;
use crate::tbs::ToBeSigned;

pub(super) const RULE: Rule<ToBeSigned> = Rule {
    name: "authority-signs-lists",
    about: "Our authorities sign revocation lists too.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.3",
    check,
};

fn check(tbs: &ToBeSigned) -> Vec<String> {
    let signs = tbs.key_usage.allows(KeyUse::CrlSign);
    when(tbs.basic_constraints.ca && !signs, || {
        "the key of an authority must be allowed keyCertSign and cRLSign".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let mut bad = sample::authority();
        bad.key_usage = [KeyUse::KeyCertSign].into_iter().collect();
        assert!(!check(&bad).is_empty());
        assert!(check(&sample::authority()).is_empty());
        assert!(check(&sample::host()).is_empty());
    }
}
