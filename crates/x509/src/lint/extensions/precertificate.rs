//! A precertificate is no certificate, and has no timestamps of logs.

use super::super::{Rule, Severity};
use super::{POISON, TIMESTAMPS};
use crate::extension::Extensions;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "precertificate",
    about: "A precertificate is no certificate, and has no timestamps of logs.",
    severity: Severity::Error,
    clause: "RFC 6962 section 3.1",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let has = |oid| extensions.is_critical(oid).is_some();
    if !has(&POISON) {
        return Vec::new();
    }
    let timestamps = if has(&TIMESTAMPS) {
        ", and has timestamps of logs as well, which must not be"
    } else {
        ""
    };
    vec![format!(
        "this is a precertificate, which nobody accepts{timestamps}"
    )]
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let bad = Extensions {
            all: vec![(POISON, true)],
            ..Extensions::default()
        };
        assert!(!check(&bad).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
