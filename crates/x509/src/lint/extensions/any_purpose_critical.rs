//! An extended key usage that allows anything should not be critical.

use super::super::{Rule, Severity, when};
use crate::extension::{Extensions, Purpose};
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "any-purpose-critical",
    about: "An extended key usage that allows anything should not be critical.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 4.2.1.12",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let any = extensions
        .extended_key_usage
        .as_ref()
        .is_some_and(|purposes| purposes.contains(&Purpose::Any));
    let critical = extensions.is_critical(&rfc5280::ID_CE_EXT_KEY_USAGE) == Some(true);
    when(any && critical, || {
        "the extended key usage has anyExtendedKeyUsage and is critical; it should not be"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let mut extensions = Extensions {
            extended_key_usage: Some(vec![Purpose::Any]),
            all: vec![(rfc5280::ID_CE_EXT_KEY_USAGE, true)],
            ..Extensions::default()
        };
        assert!(!check(&extensions).is_empty());
        extensions.extended_key_usage = Some(vec![Purpose::ServerAuth]);
        assert!(check(&extensions).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
