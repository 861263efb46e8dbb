//! A relative distinguished name has no attribute twice.

use super::super::extensions::repeated;
use super::super::{Rule, Severity};
use crate::name::{Name, short_name};

pub(super) const RULE: Rule<Name> = Rule {
    name: "rdn-types",
    about: "A relative distinguished name has no attribute twice.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.1.2.4; X.501 section 9.3",
    check,
};

fn check(name: &Name) -> Vec<String> {
    name.rdns()
        .iter()
        .flat_map(|rdn| {
            let types: Vec<_> = rdn.iter().map(|attribute| attribute.oid).collect();
            let repeated: Vec<_> = repeated(&types).copied().collect();
            repeated
        })
        .map(|oid| {
            format!(
                "one part of the name has the attribute {} twice",
                short_name(&oid)
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
        let value = |text| sample::attribute("2.5.4.3", 12, text);
        assert!(!check(&sample::name_of(&[&[value("a"), value("b")]])).is_empty());
        assert!(check(&sample::name_of(&[&[value("a")], &[value("b")]])).is_empty());
    }
}
