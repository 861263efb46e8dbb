//! Values in UTF-8, BMPString and UniversalString are written as these are: a program that takes them apart reads nothing else.

use super::super::{Rule, Severity};
use crate::name::{Name, ValueType, short_name};
use der::Tag;

pub(in super::super) const RULE: Rule<Name> = Rule {
    name: "string-octets",
    about: "A UTF8String is UTF-8, a BMPString has two octets for each character, a UniversalString four: OpenSSL loads nothing else.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.1.2.4; RFC 3629 section 3; X.680 section 41",
    check,
};

fn check(name: &Name) -> Vec<String> {
    name.attributes()
        .filter_map(|attribute| {
            let shown = short_name(&attribute.oid);
            let fault = fault(attribute.tag, &attribute.octets)?;
            Some(format!(
                "the attribute {shown} is no text of its type {}: {fault}",
                attribute.tag
            ))
        })
        .collect()
}

/// Why the octets are no text of the type; nothing of other types.
fn fault(tag: ValueType, octets: &[u8]) -> Option<String> {
    if tag == Tag::Utf8String {
        let place = std::str::from_utf8(octets).err()?.valid_up_to();
        return Some(format!("octet {} does not go on in UTF-8", place + 1));
    }
    if tag == ValueType::Universal {
        let (characters, rest) = octets.as_chunks();
        if !rest.is_empty() {
            let count = octets.len();
            return Some(format!("it has {count} octets; each character has four"));
        }
        let mut characters = characters.iter().map(|four| u32::from_be_bytes(*four));
        let found = characters.find(|code| char::from_u32(*code).is_none())?;
        return Some(format!("{found:#x} is no character"));
    }
    if tag != Tag::BmpString {
        return None;
    }
    let (pairs, rest) = octets.as_chunks();
    if !rest.is_empty() {
        let count = octets.len();
        return Some(format!("it has {count} octets; each character has two"));
    }
    // X.680 section 41.16: the characters of the basic plane, so no pairs either.
    let mut units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
    let found = units.find(|unit| (0xd800..=0xdfff).contains(unit))?;
    Some(format!("the surrogate {found:#06x} is no character"))
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    fn named(tag: u8, octets: &[u8]) -> Name {
        sample::name_of(&[&[sample::attribute_of("2.5.4.3", tag, octets)]])
    }

    #[test]
    fn fires_on_what_cannot_be_taken_apart() {
        for (tag, octets, said) in [
            (12, &b"\xffa"[..], "octet 1 "),
            (12, b"a\xc0\xaf", "octet 2 "),
            (12, b"a\xed\xa0\x80", "octet 2 "),
            (12, b"ab\xe2\x82", "octet 3 "),
            (30, b"\0a\0", "it has 3 octets"),
            (30, b"\xd8\0\0a", "0xd800"),
            (30, b"\0a\xdc\0", "0xdc00"),
            (28, b"\0\0\0a\0", "it has 5 octets"),
            (28, b"\0\x11\0\0", "0x110000"),
            // U+1F600.
            (30, b"\xd8\x3d\xde\0", "0xd83d"),
        ] {
            let found = check(&named(tag, octets));
            assert_eq!(found.len(), 1, "{tag}: {octets:?}");
            assert!(found[0].contains(said), "{tag}: {octets:?}: {found:?}");
        }
    }

    #[test]
    fn is_silent_about_texts_and_other_types() {
        for (tag, octets) in [
            (12, "a\u{e4}\u{20ac}\u{1f600}".as_bytes()),
            (12, b""),
            (30, b"\x20\xac"),
            (30, b""),
            (28, b"\0\0\0a\0\x01\xf6\0"),
            (19, b"a*b\xe4"),
            (22, b"\xe4"),
            // Any octets are Latin-1; a GeneralString may change its alphabet; an INTEGER is no text.
            (20, b"\xe4"),
            (27, b"\xe4"),
            (2, b"\xff"),
        ] {
            assert_eq!(check(&named(tag, octets)), [""; 0], "{tag}: {octets:?}");
        }
    }
}
