//! An extended key usage names a purpose, and none twice.

use super::super::{Rule, Severity};
use super::repeated;
use crate::extension::Extensions;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "purposes-named",
    about: "An extended key usage names a purpose, and none twice.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.12",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let Some(purposes) = &extensions.extended_key_usage else {
        return Vec::new();
    };
    if purposes.is_empty() {
        return vec!["the extended key usage is empty; it must name a purpose".to_owned()];
    }
    repeated(purposes)
        .map(|purpose| format!("the extended key usage has {purpose} twice"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::extension::Purpose;

    #[test]
    fn fires_and_is_silent() {
        let with = |purposes: &[Purpose]| Extensions {
            extended_key_usage: Some(purposes.to_vec()),
            ..Extensions::default()
        };
        assert!(!check(&with(&[])).is_empty());
        assert!(!check(&with(&[Purpose::ServerAuth, Purpose::ServerAuth])).is_empty());
        assert!(check(&with(&[Purpose::ServerAuth, Purpose::ClientAuth])).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
