//! Values hold the characters of their type, and none that controls a terminal.

use super::super::{Rule, Severity};
use crate::name::{Name, short_name};
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
        // What is no text has no characters: that is the business of `string-octets`.
        .filter(|attribute| attribute.is_text)
        .filter_map(|attribute| {
            let shown = short_name(&attribute.oid);
            if let Some(found) = attribute.value.chars().find(|c| c.is_control()) {
                return Some(format!(
                    "the attribute {shown} has the control character {found:?}"
                ));
            }
            let holds = |c: char| holds(attribute.tag, c);
            let found = attribute.value.chars().find(|c| !holds(*c))?;
            let tag = attribute.tag;
            Some(format!(
                "the attribute {shown} has {found:?}, which a value of the type {tag} cannot hold"
            ))
        })
        .collect()
}

/// Whether the type has the character: X.680 sections 41.2 (table 8), 41.4 and 41.16.
fn holds(tag: Tag, character: char) -> bool {
    if tag == Tag::PrintableString {
        character.is_ascii_alphanumeric() || " '()+,-./:=?".contains(character)
    } else if tag == Tag::NumericString {
        character.is_ascii_digit() || character == ' '
    } else if [Tag::Ia5String, Tag::VisibleString].contains(&tag) {
        character.is_ascii()
    } else {
        // A BMPString has the characters that are written in two octets, and no pairs of surrogates.
        tag != Tag::BmpString || character <= '\u{ffff}'
    }
}

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
            // U+1F600 as a pair of surrogates.
            (30, &[0xd8, 0x3d, 0xde, 0x00]),
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
            (19, &[0xff]),
            (30, &[0xd8, 0]),
        ] {
            assert_eq!(check(&named(tag, good)), [""; 0], "{tag}: {good:?}");
        }
    }
}
