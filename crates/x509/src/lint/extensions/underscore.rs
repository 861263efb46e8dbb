//! Host names have no underscore, and some programs refuse those that do.

use super::super::{Rule, Severity};
use crate::extension::Extensions;
use crate::general_name::GeneralName;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "underscore",
    about: "Host names have no underscore, and some programs refuse those that do.",
    severity: Severity::Warning,
    clause: "RFC 952; RFC 5280 section 4.2.1.6",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let names = extensions.subject_alt_names.iter().flatten();
    names
        .filter(|name| matches!(name, GeneralName::Dns(dns) if dns.contains('_')))
        .map(|name| format!("the name {name} has an underscore, which some programs refuse"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let with = |name: &str| Extensions {
            subject_alt_names: Some(vec![GeneralName::Dns(name.to_owned())]),
            ..Extensions::default()
        };
        assert!(!check(&with("a_b.example")).is_empty());
        assert!(check(&with("a-b.example")).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
