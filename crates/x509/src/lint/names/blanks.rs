//! Blanks at the ends of a value are not seen, and lost in comparison.

use super::super::{Rule, Severity};
use crate::name::{Name, short_name};

pub(super) const RULE: Rule<Name> = Rule {
    name: "blanks",
    about: "Blanks at the ends of a value are not seen, and lost in comparison.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 7.1",
    check,
};

fn check(name: &Name) -> Vec<String> {
    name.attributes()
        .filter(|attribute| attribute.value.trim() != attribute.value)
        .map(|attribute| {
            format!(
                "the attribute {} has a blank at an end",
                short_name(&attribute.oid)
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let named = |text| sample::name_of(&[&[sample::attribute("2.5.4.3", 12, text)]]);
        assert!(!check(&named("a ")).is_empty());
        assert!(check(&named("a b")).is_empty());
    }
}
