//! Names are written in UTF-8 since 2003.

use super::super::{Rule, Severity};
use super::is_of;
use crate::name::{Name, ValueType, short_name};
use der::Tag;

pub(super) const RULE: Rule<Name> = Rule {
    name: "string-type-old",
    about: "Names are written in UTF-8 since 2003.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 4.1.2.4",
    check,
};

fn check(name: &Name) -> Vec<String> {
    name.attributes()
        .filter(|attribute| {
            let is_universal = attribute.tag == ValueType::Universal;
            is_universal || is_of(attribute.tag, &[Tag::TeletexString, Tag::BmpString])
        })
        .map(|attribute| {
            let shown = short_name(&attribute.oid);
            format!(
                "the attribute {shown} is of the old type {}; new names are UTF8String",
                attribute.tag
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
        let named = |tag| sample::name_of(&[&[sample::attribute("2.5.4.3", tag, "ab")]]);
        assert!(!check(&named(20)).is_empty());
        assert!(!check(&named(30)).is_empty());
        assert!(!check(&named(28)).is_empty());
        assert!(check(&named(12)).is_empty());
    }
}
