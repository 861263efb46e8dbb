//! Attributes have the string types that X.520 gives them.

use super::super::{Rule, Severity};
use super::is_of;
use crate::name::{Name, ValueType, short_name};
use const_oid::ObjectIdentifier;
use der::Tag;

pub(super) const RULE: Rule<Name> = Rule {
    name: "string-type",
    about: "Attributes have the string types that X.520 gives them.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.1.2.4 and appendix A.1",
    check,
};

/// Attributes that are a PrintableString, whatever else is text.
const PRINTABLE: [ObjectIdentifier; 3] = [oid("2.5.4.6"), oid("2.5.4.5"), oid("2.5.4.46")];
/// Attributes that are an IA5String: emailAddress and domainComponent.
const IA5: [ObjectIdentifier; 2] = [
    oid("1.2.840.113549.1.9.1"),
    oid("0.9.2342.19200300.100.1.25"),
];
/// Attributes of other kinds of text: UTF-8 or printable, and the older types.
const DIRECTORY: [ObjectIdentifier; 13] = [
    oid("2.5.4.3"),
    oid("2.5.4.4"),
    oid("2.5.4.7"),
    oid("2.5.4.8"),
    oid("2.5.4.9"),
    oid("2.5.4.10"),
    oid("2.5.4.11"),
    oid("2.5.4.12"),
    oid("2.5.4.17"),
    oid("2.5.4.42"),
    oid("2.5.4.43"),
    oid("2.5.4.65"),
    oid("0.9.2342.19200300.100.1.1"),
];
/// The types of DirectoryString, UniversalString aside.
const DIRECTORY_TAGS: [Tag; 4] = [
    Tag::Utf8String,
    Tag::PrintableString,
    Tag::TeletexString,
    Tag::BmpString,
];

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

fn check(name: &Name) -> Vec<String> {
    name.attributes()
        .filter_map(|attribute| {
            let allowed: (&[Tag], &str) = if PRINTABLE.contains(&attribute.oid) {
                (&[Tag::PrintableString], "a PrintableString")
            } else if IA5.contains(&attribute.oid) {
                (&[Tag::Ia5String], "an IA5String")
            } else if DIRECTORY.contains(&attribute.oid) {
                (&DIRECTORY_TAGS, "a UTF8String or PrintableString")
            } else {
                return None;
            };
            let is_universal = attribute.tag == ValueType::Universal;
            let good = is_of(attribute.tag, allowed.0)
                || (is_universal && DIRECTORY.contains(&attribute.oid));
            (!good).then(|| {
                let shown = short_name(&attribute.oid);
                format!(
                    "the attribute {shown} is of the type {}; it must be {}",
                    attribute.tag, allowed.1
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
        let named = |oid, tag| sample::name_of(&[&[sample::attribute(oid, tag, "DE")]]);
        assert!(
            !check(&named("2.5.4.6", 12)).is_empty(),
            "a country in UTF-8"
        );
        assert!(
            !check(&named("2.5.4.3", 22)).is_empty(),
            "a common name in IA5"
        );
        assert!(check(&named("2.5.4.6", 19)).is_empty());
        assert!(check(&named("2.5.4.3", 20)).is_empty());
        assert!(check(&named("2.5.4.3", 28)).is_empty());
        assert!(!check(&named("2.5.4.6", 28)).is_empty());
        assert!(check(&named("1.2.3.4", 22)).is_empty());
    }
}
