//! The octets of a value are a text of the type that it says.

use super::super::{Rule, Severity};
use crate::name::{Name, short_name};
use der::Tag;

pub(super) const RULE: Rule<Name> = Rule {
    name: "string-octets",
    about: "The octets of a value are a text of the type that it says.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.1.2.4; RFC 3629 section 3; X.680 section 41",
    check,
};

fn check(name: &Name) -> Vec<String> {
    name.attributes()
        .filter(|attribute| !attribute.is_text)
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

/// The types whose characters are those of ASCII, or some of them.
const SEVEN_BITS: [Tag; 4] = [
    Tag::PrintableString,
    Tag::Ia5String,
    Tag::NumericString,
    Tag::VisibleString,
];

/// Why the octets are no text of the type; nothing of types that are no text, or hold any octets.
fn fault(tag: Tag, octets: &[u8]) -> Option<String> {
    if tag == Tag::Utf8String {
        let place = std::str::from_utf8(octets).err()?.valid_up_to();
        return Some(format!("octet {} does not go on in UTF-8", place + 1));
    }
    if SEVEN_BITS.contains(&tag) {
        let place = octets.iter().position(|octet| !octet.is_ascii())?;
        let found = octets.get(place)?;
        let place = place + 1;
        return Some(format!(
            "octet {place} is {found:#04x}; they have 7 bits, up to 0x7f"
        ));
    }
    (tag == Tag::BmpString).then(|| match octets.len() {
        odd if !odd.is_multiple_of(2) => format!("it has {odd} octets; each character has two"),
        _even => "half a pair of surrogates is no character".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    fn named(tag: u8, octets: &[u8]) -> Name {
        sample::name_of(&[&[sample::attribute_of("2.5.4.3", tag, octets)]])
    }

    #[test]
    fn fires_on_what_cannot_be_read() {
        for (tag, octets, said) in [
            (12, &b"\xffa"[..], "octet 1 "),
            (12, b"a\xc0\xaf", "octet 2 "),
            (12, b"a\xed\xa0\x80", "octet 2 "),
            (12, b"ab\xe2\x82", "octet 3 "),
            (19, b"a\xe4b", "octet 2 is 0xe4"),
            (22, b"\xe4", "octet 1 is 0xe4"),
            (18, b"1\xe4", "octet 2 is 0xe4"),
            (26, b"\x80", "octet 1 is 0x80"),
            (30, b"\0a\0", "it has 3 octets"),
            (30, b"\xd8\0\0a", "half a pair"),
            (30, b"\0a\xdc\0", "half a pair"),
        ] {
            let found = check(&named(tag, octets));
            assert_eq!(found.len(), 1, "{tag}: {octets:?}");
            assert!(found[0].contains(said), "{tag}: {octets:?}: {found:?}");
        }
    }

    #[test]
    fn is_silent_about_texts_and_what_is_none() {
        for (tag, octets) in [
            (12, "a\u{e4}\u{20ac}\u{1f600}".as_bytes()),
            (12, b""),
            (19, b"a*b"),
            (22, b"a@b"),
            (30, b"\x20\xac"),
            // Any octets are Latin-1; a GeneralString may change its alphabet; an INTEGER is no text.
            (20, b"\xe4"),
            (27, b"\xe4"),
            (2, b"\xff"),
        ] {
            assert_eq!(check(&named(tag, octets)), [""; 0], "{tag}: {octets:?}");
        }
    }
}
