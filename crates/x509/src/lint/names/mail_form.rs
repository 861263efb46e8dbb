//! A mail address is one.

use super::super::{Rule, Severity};
use crate::email::EmailAddress;
use crate::name::Name;

pub(super) const RULE: Rule<Name> = Rule {
    name: "mail-form",
    about: "A mail address is one.",
    severity: Severity::Warning,
    clause: "RFC 2985 section 5.2.1",
    check,
};

fn check(name: &Name) -> Vec<String> {
    name.email_addresses()
        .filter(|address| address.parse::<EmailAddress>().is_err())
        .map(|address| {
            let shown: String = address.chars().take(80).collect();
            format!("the emailAddress {shown:?} is no mail address")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let named =
            |text| sample::name_of(&[&[sample::attribute("1.2.840.113549.1.9.1", 22, text)]]);
        assert!(!check(&named("nobody")).is_empty());
        assert!(check(&named("a@b.example")).is_empty());
    }
}
