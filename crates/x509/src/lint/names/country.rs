//! A country is two letters.

use super::super::{Rule, Severity};
use crate::name::{COUNTRY, Name};

pub(super) const RULE: Rule<Name> = Rule {
    name: "country",
    about: "A country is two letters.",
    severity: Severity::Error,
    clause: "RFC 5280 appendix A.1; ISO 3166",
    check,
};

fn check(name: &Name) -> Vec<String> {
    name.attributes()
        .filter(|attribute| attribute.oid == COUNTRY && !is_code(&attribute.value))
        .map(|attribute| {
            let shown: String = attribute.value.chars().take(20).collect();
            format!("the country (C) is {shown:?}; it must be two letters, such as DE")
        })
        .collect()
}

fn is_code(value: &str) -> bool {
    value.len() == 2 && value.bytes().all(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let named = |text| sample::name_of(&[&[sample::attribute("2.5.4.6", 19, text)]]);
        assert!(!check(&named("Germany")).is_empty());
        assert!(!check(&named("D1")).is_empty());
        assert!(check(&named("DE")).is_empty());
    }
}
