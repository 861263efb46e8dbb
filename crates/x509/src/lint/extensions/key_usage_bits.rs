//! A key usage allows something, and nothing that contradicts itself.

use super::super::{Rule, Severity, when};
use crate::extension::{Extensions, KeyUse};

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "key-usage-bits",
    about: "A key usage allows something, and nothing that contradicts itself.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.3",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let Some(usage) = extensions.key_usage else {
        return Vec::new();
    };
    if usage.is_empty() {
        return vec!["the key usage allows nothing; at least one use must be set".to_owned()];
    }
    when(
        usage.allows(KeyUse::EncipherOnly) && usage.allows(KeyUse::DecipherOnly),
        || "the key usage is for encryption only and for decryption only at once".to_owned(),
    )
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
        use KeyUse as U;
        assert!(!check(&with(&[])).is_empty());
        assert!(!check(&with(&[U::KeyAgreement, U::EncipherOnly, U::DecipherOnly])).is_empty());
        assert!(check(&with(&[U::KeyAgreement, U::EncipherOnly])).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
