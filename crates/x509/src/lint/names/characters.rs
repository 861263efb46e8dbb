//! Values hold the characters of their type, and none that controls a terminal.

use super::super::{Rule, Severity};
use crate::name::{Name, short_name};
use der::Tag;

pub(super) const RULE: Rule<Name> = Rule {
    name: "characters",
    about: "Values hold the characters of their type, and none that controls a terminal.",
    severity: Severity::Error,
    clause: "X.680 section 41; RFC 5280 section 4.1.2.4",
    check,
};

fn check(name: &Name) -> Vec<String> {
    name.attributes()
        .filter_map(|attribute| {
            let shown = short_name(&attribute.oid);
            let printable = attribute.tag == Tag::PrintableString;
            if let Some(found) = attribute.value.chars().find(|c| c.is_control()) {
                return Some(format!(
                    "the attribute {shown} has the control character {found:?}"
                ));
            }
            let found = attribute
                .value
                .chars()
                .find(|c| printable && !is_printable(*c))?;
            Some(format!(
                "the attribute {shown} has {found:?}, which a PrintableString cannot hold"
            ))
        })
        .collect()
}

/// X.680 section 41.4.
fn is_printable(character: char) -> bool {
    character.is_ascii_alphanumeric() || " '()+,-./:=?".contains(character)
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let named = |tag, text| sample::name_of(&[&[sample::attribute("2.5.4.3", tag, text)]]);
        assert!(!check(&named(12, "a\0b")).is_empty());
        assert!(!check(&named(19, "a*b")).is_empty());
        assert!(!check(&named(19, "a@b")).is_empty());
        assert!(check(&named(19, "a, (b) = c?")).is_empty());
        assert!(check(&named(12, "a*@\u{e4}")).is_empty());
    }
}
