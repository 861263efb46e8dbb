//! Values have no characters that cannot be seen or that turn the direction of writing.

use super::super::{Rule, Severity};
use crate::name::{Name, is_misleading, short_name};

pub(super) const RULE: Rule<Name> = Rule {
    name: "misleading",
    about: "Values have no characters that cannot be seen or that turn the direction of writing.",
    severity: Severity::Warning,
    clause: "Unicode Technical Report 36 section 2",
    check,
};

fn check(name: &Name) -> Vec<String> {
    name.attributes()
        .filter_map(|attribute| {
            let found = attribute.value.chars().find(|c| is_misleading(*c))?;
            Some(format!(
                "the attribute {} has the character {}, which is not seen or turns the direction of writing",
                short_name(&attribute.oid),
                found.escape_unicode()
            ))
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
        assert!(!check(&named("a\u{202e}b")).is_empty());
        assert!(!check(&named("a\u{200b}b")).is_empty());
        assert!(
            check(&named("\u{5d0}")).is_empty(),
            "a letter that is written so anyway"
        );
    }
}
