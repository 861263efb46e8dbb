//! The basic constraints of an authority must be critical.

use super::super::{Rule, Severity, when};
use crate::extension::Extensions;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "basic-constraints-critical",
    about: "The basic constraints of an authority must be critical.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.9",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let mark = extensions.is_critical(&rfc5280::ID_CE_BASIC_CONSTRAINTS);
    when(extensions.is_authority() && mark == Some(false), || {
        "the basicConstraints of an authority are not critical; they must be".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let mut extensions = sample::authority_certificate().extensions().clone();
        assert!(check(&extensions).is_empty());
        for (_, critical) in &mut extensions.all {
            *critical = false;
        }
        assert!(!check(&extensions).is_empty());
    }
}
