//! Values hold the characters of their type, and none that controls a terminal.

use super::super::{Rule, Severity};
use super::is_of;
use crate::name::{Name, ValueType, short_name};
use der::Tag;

pub(super) const RULE: Rule<Name> = Rule {
    name: "characters",
    about: "Values hold the characters of their type, and none that controls a terminal.",
    severity: Severity::Error,
    clause: "X.680 section 41; RFC 5280 section 4.1.2.4",
    check,
};

fn check(name: &Name) -> Vec<String> {
    name.attributes()
        .filter_map(|attribute| {
            let shown = short_name(&attribute.oid);
            let tag = attribute.tag;
            if !attribute.is_text {
                // Of UTF-8 and the like the octets say nothing one by one: that is the business of `string-octets`.
                let octets = attribute.octets.iter().filter(|_| is_of(tag, &SEVEN_BITS));
                let found = octets.copied().find(|octet| !octet.is_ascii())?;
                return Some(format!(
                    "the attribute {shown} has the octet {found:#04x}, which a value of the type {tag} cannot hold"
                ));
            }
            if let Some(found) = attribute.value.chars().find(|c| c.is_control()) {
                return Some(format!(
                    "the attribute {shown} has the control character {found:?}"
                ));
            }
            let holds = |c: char| holds(tag, c);
            let found = attribute.value.chars().find(|c| !holds(*c))?;
            Some(format!(
                "the attribute {shown} has {found:?}, which a value of the type {tag} cannot hold"
            ))
        })
        .collect()
}

/// Whether the type has the character: X.680 sections 41.2 (table 8), 41.4 and 41.16.
fn holds(tag: ValueType, character: char) -> bool {
    if tag == Tag::PrintableString {
        character.is_ascii_alphanumeric() || " '()+,-./:=?".contains(character)
    } else if tag == Tag::NumericString {
        character.is_ascii_digit() || character == ' '
    } else if is_of(tag, &[Tag::Ia5String, Tag::VisibleString]) {
        character.is_ascii()
    } else {
        true
    }
}

/// The types whose characters are those of ASCII, or some of them.
const SEVEN_BITS: [Tag; 4] = [
    Tag::PrintableString,
    Tag::Ia5String,
    Tag::NumericString,
    Tag::VisibleString,
];

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let named =
            |tag, text: &[u8]| sample::name_of(&[&[sample::attribute_of("2.5.4.3", tag, text)]]);
        for (tag, bad) in [
            (12, &b"a\0b"[..]),
            (19, b"a*b"),
            (19, b"a@b"),
            (19, "\u{e4}".as_bytes()),
            (22, "\u{e4}".as_bytes()),
            (26, "\u{e4}".as_bytes()),
            (18, b"1a"),
            // No UTF-8 either.
            (19, b"a\xe4b"),
            (22, b"\xe4"),
            (18, b"1\xe4"),
            (26, b"\x80"),
        ] {
            assert_eq!(check(&named(tag, bad)).len(), 1, "{tag}: {bad:?}");
        }
        for (tag, good) in [
            (12, "a*@\u{e4}\u{1f600}".as_bytes()),
            (19, b"a, (b) = c?"),
            (20, &[0xe4]),
            (22, b"a*@b"),
            (26, b"a*@b"),
            (18, b"1 2"),
            (30, &[0x20, 0xac]),
            // No text of its type.
            (12, &[0xff]),
            (30, &[0xd8, 0]),
        ] {
            assert_eq!(check(&named(tag, good)), [""; 0], "{tag}: {good:?}");
        }
    }
}
