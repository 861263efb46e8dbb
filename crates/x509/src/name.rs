//! Distinguished names, read without loss.
//!
//! Invariant: a [`Name`] is the DER it was read from; the readable parts are derived from that.

use std::fmt;

use const_oid::ObjectIdentifier;
use der::asn1::AnyRef;
use der::{Decode, Length, Reader, SliceReader, Tag};

pub mod build;

/// A distinguished name, kept byte for byte.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    der: Box<[u8]>,
    rdns: Box<[Box<[Attribute]>]>,
}

/// One attribute of a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attribute {
    /// What it is: an object identifier.
    pub oid: ObjectIdentifier,
    /// Its value as text. What is no text is given as its octets in hexadecimal after a `#`.
    pub value: String,
    /// The octets of the value, without their tag and length.
    pub octets: Box<[u8]>,
    /// Whether the value is of a type that RFC 5280 section 7.1 compares without regard to case:
    /// PrintableString, UTF8String, and here also the older string types.
    pub is_text: bool,
    /// The ASN.1 type of the value.
    pub tag: ValueType,
}

/// The ASN.1 type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueType {
    /// Nearly any.
    Of(Tag),
    /// UniversalString, which the decoder does not know, and which some old private authorities wrote.
    Universal,
}

/// Octets are no distinguished name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Not a sequence of attributes.
    #[error("the name is not well formed ({detail})")]
    Malformed {
        /// What the decoder found.
        detail: String,
    },
    /// More attributes than are read.
    #[error("the name has more than {MAX_ATTRIBUTES} attributes; no more are read")]
    TooManyAttributes,
}

impl PartialEq<Tag> for ValueType {
    fn eq(&self, tag: &Tag) -> bool {
        *self == Self::Of(*tag)
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(tag) => tag.fmt(f),
            Self::Universal => f.write_str("UniversalString"),
        }
    }
}

impl From<der::Error> for InvalidName {
    fn from(error: der::Error) -> Self {
        Self::Malformed {
            detail: error.to_string(),
        }
    }
}

pub(crate) const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
pub(crate) const STATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.8");
pub(crate) const LOCALITY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.7");
pub(crate) const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
pub(crate) const ORGANIZATIONAL_UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
pub(crate) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
pub(crate) const EMAIL: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");

/// Short names as OpenSSL prints them.
const SHORT_NAMES: &[(ObjectIdentifier, &str)] = &[
    (COUNTRY, "C"),
    (STATE, "ST"),
    (LOCALITY, "L"),
    (ORGANIZATION, "O"),
    (ORGANIZATIONAL_UNIT, "OU"),
    (COMMON_NAME, "CN"),
    (EMAIL, "emailAddress"),
    (
        ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25"),
        "DC",
    ),
    (
        ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1"),
        "UID",
    ),
    (ObjectIdentifier::new_unwrap("2.5.4.5"), "serialNumber"),
    (ObjectIdentifier::new_unwrap("2.5.4.4"), "SN"),
    (ObjectIdentifier::new_unwrap("2.5.4.42"), "GN"),
    (ObjectIdentifier::new_unwrap("2.5.4.12"), "title"),
    (ObjectIdentifier::new_unwrap("2.5.4.9"), "street"),
    (ObjectIdentifier::new_unwrap("2.5.4.17"), "postalCode"),
    (ObjectIdentifier::new_unwrap("2.5.4.46"), "dnQualifier"),
    (
        ObjectIdentifier::new_unwrap("2.5.4.97"),
        "organizationIdentifier",
    ),
];

/// The largest number of attributes that is read: far above any name in use, and a bound on what a
/// peer's certificate can make a comparison cost.
const MAX_ATTRIBUTES: usize = 256;

impl Name {
    /// Reads a name.
    ///
    /// # Errors
    ///
    /// [`InvalidName`] when it is not a well-formed sequence of attributes, or has too many.
    pub fn from_der(der: &[u8]) -> Result<Self, InvalidName> {
        let mut rdns = Vec::new();
        let mut left = MAX_ATTRIBUTES;
        let mut reader = SliceReader::new(der)?;
        reader.sequence(|sequence| {
            while !sequence.is_finished() {
                rdns.push(read_rdn(sequence, &mut left)?);
            }
            Ok::<_, InvalidName>(())
        })?;
        reader.finish()?;
        Ok(Self {
            der: der.into(),
            rdns: rdns.into(),
        })
    }

    /// The name in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Its relative distinguished names, in order; each has one attribute or more.
    #[must_use]
    pub fn rdns(&self) -> &[Box<[Attribute]>] {
        &self.rdns
    }

    /// Whether it has no attribute at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// The last common name in it: the most specific one.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.attributes()
            .filter(|a| a.oid == COMMON_NAME)
            .last()
            .map(|a| a.value.as_str())
    }

    /// The addresses in `emailAddress` attributes.
    pub fn email_addresses(&self) -> impl Iterator<Item = &str> {
        self.attributes()
            .filter(|a| a.oid == EMAIL)
            .map(|a| a.value.as_str())
    }

    /// Its attributes in their order, whatever distinguished name they belong to.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.rdns.iter().flat_map(|rdn| rdn.iter())
    }

    /// The form in which OpenSSL's ledger holds subjects: `/C=DE/O=Example/CN=host`.
    ///
    /// Octets outside printable ASCII are written `\xHH`, as `X509_NAME_oneline` does; the ledger is
    /// compared by this text.
    #[must_use]
    pub fn oneline(&self) -> String {
        let mut text = String::new();
        for attribute in self.attributes() {
            text.push('/');
            text.push_str(&short_name(&attribute.oid));
            text.push('=');
            for &octet in &attribute.octets {
                if (b' '..=b'~').contains(&octet) {
                    text.push(char::from(octet));
                } else {
                    text.push_str(&format!("\\x{octet:02X}"));
                }
            }
        }
        text
    }
}

fn read_rdn(
    reader: &mut SliceReader<'_>,
    left: &mut usize,
) -> Result<Box<[Attribute]>, InvalidName> {
    let set = AnyRef::decode(reader)?;
    if set.header().tag() != Tag::Set {
        let error = set.header().tag().unexpected_error(Some(Tag::Set));
        return Err(der::Error::from(error).into());
    }
    let mut inner = SliceReader::new(set.value())?;
    let mut attributes = Vec::new();
    while !inner.is_finished() {
        let attribute = inner.sequence(|fields| {
            let oid = ObjectIdentifier::decode(fields)?;
            let value = fields.read_slice(fields.remaining_len())?;
            attribute(oid, value)
        })?;
        *left = left.checked_sub(1).ok_or(InvalidName::TooManyAttributes)?;
        attributes.push(attribute);
    }
    if attributes.is_empty() {
        return Err(der::Error::from(Tag::Set.length_error()).into());
    }
    Ok(attributes.into())
}

/// The tag of UniversalString, X.680 section 8.6.
const UNIVERSAL_STRING: u8 = 28;

fn attribute(oid: ObjectIdentifier, value: &[u8]) -> der::Result<Attribute> {
    let (tag, octets, text) = if let [UNIVERSAL_STRING, rest @ ..] = value {
        let mut reader = SliceReader::new(rest)?;
        let length = Length::decode(&mut reader)?;
        let octets = reader.read_slice(length)?;
        reader.finish()?;
        (ValueType::Universal, octets, universal_value(octets))
    } else {
        let value = AnyRef::from_der(value)?;
        let (tag, octets) = (value.header().tag(), value.value());
        (ValueType::Of(tag), octets, string_value(tag, octets))
    };
    let is_text = text.is_some();
    let hexadecimal = || {
        let digits: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        format!("#{digits}")
    };
    Ok(Attribute {
        oid,
        value: text.unwrap_or_else(hexadecimal),
        octets: octets.into(),
        is_text,
        tag,
    })
}

/// The text in a UniversalString: four octets for each character.
fn universal_value(octets: &[u8]) -> Option<String> {
    let (characters, rest) = octets.as_chunks();
    let read = |four: &[u8; 4]| char::from_u32(u32::from_be_bytes(*four));
    rest.is_empty()
        .then(|| characters.iter().map(read).collect())?
}

/// The text in one of ASN.1's string types, read as the authorities that use them write it.
pub(crate) fn string_value(tag: Tag, octets: &[u8]) -> Option<String> {
    if tag == Tag::BmpString {
        let units = octets.chunks_exact(2).map(|pair| match pair {
            [high, low] => u16::from_be_bytes([*high, *low]),
            _ => 0,
        });
        return octets
            .len()
            .is_multiple_of(2)
            .then(|| String::from_utf16(&units.collect::<Vec<_>>()).ok())?;
    }
    let utf8 = [
        Tag::Utf8String,
        Tag::PrintableString,
        Tag::Ia5String,
        Tag::NumericString,
        Tag::VisibleString,
        Tag::GeneralString,
    ];
    if utf8.contains(&tag) {
        return String::from_utf8(octets.to_vec()).ok();
    }
    // T61 in certificates is Latin-1 in practice: that is how OpenSSL and browsers take it.
    (tag == Tag::TeletexString).then(|| octets.iter().map(|&octet| char::from(octet)).collect())
}

/// The short name of an attribute as OpenSSL prints it: its number if it has none.
#[must_use]
pub fn short_name(oid: &ObjectIdentifier) -> String {
    SHORT_NAMES
        .iter()
        .find(|(known, _)| known == oid)
        .map_or_else(|| oid.to_string(), |(_, name)| (*name).to_owned())
}

/// Whether a character is not seen, or turns the direction of writing: with such ones a text can be
/// made to look like another.
///
/// Source: Unicode Technical Report 36 section 2.5 and Standard Annex 9 section 2. The joiners
/// U+200C and U+200D are not among them, since some scripts need them.
#[must_use]
pub fn is_misleading(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// A text as a terminal may show it: control characters and misleading ones as `\u{..}`.
#[must_use]
pub fn printable(text: &str) -> String {
    // Nearly every text is plain, and there are many.
    if text.bytes().all(|octet| matches!(octet, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_misleading(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

impl fmt::Display for Name {
    /// The attributes in the order of the certificate, `C=DE, O=Example, CN=host`, special characters
    /// escaped with a backslash (RFC 4514 section 2.4), control characters and misleading ones as
    /// `\u{..}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("(empty name)");
        }
        for (index, rdn) in self.rdns.iter().enumerate() {
            for (inner, attribute) in rdn.iter().enumerate() {
                f.write_str(match (index, inner) {
                    (0, 0) => "",
                    (_, 0) => ", ",
                    _ => " + ",
                })?;
                write!(f, "{}=", short_name(&attribute.oid))?;
                for character in attribute.value.chars() {
                    match character {
                        ',' | '+' | '"' | '\\' | '<' | '>' | ';' => write!(f, "\\{character}")?,
                        c if c.is_control() || is_misleading(c) => {
                            write!(f, "{}", c.escape_unicode())?;
                        }
                        c => write!(f, "{c}")?,
                    }
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::build::NameBuilder;

    /// A name with so many times the same attribute.
    fn of_attributes(count: usize) -> Result<Name, InvalidName> {
        let one = NameBuilder::default().common_name("a").expect("a name");
        let one = one.build().expect("a name");
        let body = one.der()[2..].repeat(count);
        let length = u16::try_from(body.len()).expect("a short name");
        let mut der = vec![0x30, 0x82];
        der.extend(length.to_be_bytes());
        der.extend(body);
        Name::from_der(&der)
    }

    #[test]
    fn too_many_attributes_are_called_that() {
        let read = of_attributes(MAX_ATTRIBUTES).expect("as many as are read");
        assert_eq!(read.attributes().count(), MAX_ATTRIBUTES);
        let refused = of_attributes(MAX_ATTRIBUTES + 1);
        assert_eq!(refused, Err(InvalidName::TooManyAttributes));
    }
}
