//! encipherOnly and decipherOnly mean something with key agreement only.

use super::super::{Rule, Severity, when};
use crate::extension::{Extensions, KeyUse};

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "key-usage-without-agreement",
    about: "encipherOnly and decipherOnly mean something with key agreement only.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 4.2.1.3",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let broken = extensions.key_usage.is_some_and(|usage| {
        (usage.allows(KeyUse::EncipherOnly) || usage.allows(KeyUse::DecipherOnly))
            && !usage.allows(KeyUse::KeyAgreement)
    });
    when(broken, || {
        "the key usage has encipherOnly or decipherOnly without keyAgreement, which means nothing"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let with = |uses: &[KeyUse]| Extensions {
            key_usage: Some(uses.iter().copied().collect()),
            ..Extensions::default()
        };
        assert!(!check(&with(&[KeyUse::EncipherOnly])).is_empty());
        assert!(check(&with(&[KeyUse::KeyAgreement, KeyUse::EncipherOnly])).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
