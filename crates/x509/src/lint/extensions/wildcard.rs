//! Wildcards are left open by RFC 5280, and matched by some programs only.

use super::super::{Rule, Severity};
use crate::extension::Extensions;
use crate::general_name::GeneralName;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "wildcard",
    about: "Wildcards are left open by RFC 5280, and matched by some programs only.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 4.2.1.6; RFC 9525 section 6.3",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let names = extensions.subject_alt_names.iter().flatten();
    names
        .filter(|name| matches!(name, GeneralName::Dns(dns) if dns.starts_with("*.")))
        .map(|name| format!("the name {name} is a wildcard, which some programs never match"))
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
        assert!(!check(&with("*.example.com")).is_empty());
        assert!(check(&with("a.example.com")).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
