//! A certificate for time stamps is for nothing else, and says so critically.

use super::super::{Rule, Severity, when};
use crate::extension::{Extensions, Purpose};
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "time-stamping-alone",
    about: "A certificate for time stamps is for nothing else, and says so critically.",
    severity: Severity::Error,
    clause: "RFC 3161 section 2.3",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let purposes = extensions.extended_key_usage.as_deref().unwrap_or_default();
    if !purposes.contains(&Purpose::Other(rfc5280::ID_KP_TIME_STAMPING)) {
        return Vec::new();
    }
    let critical = extensions.is_critical(&rfc5280::ID_CE_EXT_KEY_USAGE) == Some(true);
    when(!critical || purposes.len() > 1, || {
        "the certificate is for time stamps; that must be its only purpose, and critical".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let mut extensions = Extensions {
            extended_key_usage: Some(vec![Purpose::Other(rfc5280::ID_KP_TIME_STAMPING)]),
            all: vec![(rfc5280::ID_CE_EXT_KEY_USAGE, false)],
            ..Extensions::default()
        };
        assert!(!check(&extensions).is_empty());
        extensions.all = vec![(rfc5280::ID_CE_EXT_KEY_USAGE, true)];
        assert!(check(&extensions).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
