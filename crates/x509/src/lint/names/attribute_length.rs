//! The values of attributes have the lengths that X.520 allows.

use super::super::{Rule, Severity};
use crate::name::{Name, short_name};
use const_oid::ObjectIdentifier;

pub(super) const RULE: Rule<Name> = Rule {
    name: "attribute-length",
    about: "The values of attributes have the lengths that X.520 allows.",
    severity: Severity::Error,
    clause: "RFC 5280 appendix A.1",
    check,
};

/// Upper bounds in characters, by attribute.
const BOUNDS: &[(ObjectIdentifier, usize)] = &[
    (oid("2.5.4.3"), 64),               // ub-common-name
    (oid("2.5.4.5"), 64),               // ub-serial-number
    (oid("2.5.4.6"), 2),                // countryName
    (oid("2.5.4.7"), 128),              // ub-locality-name
    (oid("2.5.4.8"), 128),              // ub-state-name
    (oid("2.5.4.10"), 64),              // ub-organization-name
    (oid("2.5.4.11"), 64),              // ub-organizational-unit-name
    (oid("2.5.4.12"), 64),              // ub-title
    (oid("2.5.4.65"), 128),             // ub-pseudonym
    (oid("2.5.4.4"), 32_768),           // ub-name
    (oid("2.5.4.42"), 32_768),          // ub-name
    (oid("2.5.4.43"), 32_768),          // ub-name
    (oid("2.5.4.44"), 32_768),          // ub-name
    (oid("1.2.840.113549.1.9.1"), 255), // ub-emailaddress-length
];

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

fn check(name: &Name) -> Vec<String> {
    name.attributes()
        .filter(|attribute| attribute.is_text)
        .filter_map(|attribute| {
            let bound = BOUNDS.iter().find(|(known, _)| *known == attribute.oid);
            let limit = bound.map_or(usize::MAX, |(_, limit)| *limit);
            let length = attribute.value.chars().count();
            let shown = short_name(&attribute.oid);
            if length == 0 {
                return Some(format!("the attribute {shown} is empty"));
            }
            (length > limit).then(|| {
                format!(
                    "the attribute {shown} has {length} characters; at most {limit} are allowed"
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let named = |text: &str| sample::name_of(&[&[sample::attribute("2.5.4.3", 12, text)]]);
        assert!(!check(&named("")).is_empty());
        assert!(!check(&named(&"a".repeat(65))).is_empty());
        assert!(check(&named(&"a".repeat(64))).is_empty());
    }
}
