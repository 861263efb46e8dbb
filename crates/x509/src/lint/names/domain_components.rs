//! Domain components are the labels of a host name.

use super::super::{Rule, Severity};
use crate::dns::DnsName;
use crate::name::Name;
use const_oid::ObjectIdentifier;

pub(super) const RULE: Rule<Name> = Rule {
    name: "domain-components",
    about: "Domain components are the labels of a host name.",
    severity: Severity::Error,
    clause: "RFC 4519 section 2.4; RFC 5280 section 4.1.2.4",
    check,
};

const DOMAIN_COMPONENT: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25");

fn check(name: &Name) -> Vec<String> {
    name.attributes()
        .filter(|attribute| attribute.oid == DOMAIN_COMPONENT && !is_label(&attribute.value))
        .map(|attribute| {
            let shown: String = attribute.value.chars().take(63).collect();
            format!("the domain component (DC) {shown:?} is no label of a host name")
        })
        .collect()
}

/// The last label of a name may be a number here, which a whole host name must not end with.
fn is_label(value: &str) -> bool {
    !value.contains('.') && format!("{value}.example").parse::<DnsName>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let named =
            |text| sample::name_of(&[&[sample::attribute("0.9.2342.19200300.100.1.25", 22, text)]]);
        assert!(!check(&named("a.b")).is_empty());
        assert!(!check(&named("-a")).is_empty());
        assert!(check(&named("example")).is_empty());
    }
}
