//! Values are written in composed characters.

use icu_normalizer::ComposingNormalizerBorrowed;

use super::super::{Rule, Severity};
use crate::name::{Name, short_name};

pub(super) const RULE: Rule<Name> = Rule {
    name: "composed",
    about: "Values are of Unicode normalization form C: many programs compare them as they stand.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 7.1; RFC 4518 section 2.3",
    check,
};

fn check(name: &Name) -> Vec<String> {
    let form_c = ComposingNormalizerBorrowed::new_nfc();
    name.attributes()
        .filter(|attribute| attribute.is_text && !form_c.is_normalized(&attribute.value))
        .map(|attribute| {
            format!(
                "the attribute {} is not of Unicode normalization form C, so that it looks the same as another \
                 that is not equal for many programs",
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
        assert!(!check(&named("cafe\u{301}")).is_empty());
        assert!(check(&named("caf\u{e9}")).is_empty());
        assert!(check(&named("plain")).is_empty());
    }
}
