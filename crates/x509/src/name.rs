//! Distinguished names: read without loss, and built as OpenSSL builds them.
//!
//! Invariant: a [`Name`] is the DER it was read from; the readable parts are derived from that.

use std::fmt;

use const_oid::ObjectIdentifier;
use der::asn1::{AnyRef, SetOfVec};
use der::{Decode, Encode, Reader, Sequence, SliceReader, Tag};

use crate::email::EmailAddress;

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
}

/// Octets are no distinguished name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name is not well formed ({detail})")]
pub struct InvalidName {
    detail: String,
}

/// A value cannot stand in a distinguished name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAttribute {
    /// Nothing between the quotes.
    #[error("{attribute} is empty; leave it out or give it a value")]
    Empty {
        /// The attribute's name.
        attribute: &'static str,
    },
    /// Longer than X.520 allows.
    #[error("{attribute} has {length} characters; at most {limit} are allowed")]
    TooLong {
        /// The attribute's name.
        attribute: &'static str,
        /// Characters given.
        length: usize,
        /// Characters allowed: RFC 5280 appendix A.1, upper bounds.
        limit: usize,
    },
    /// A control character.
    #[error("{attribute} contains the control character {found:?}, which is not allowed")]
    Control {
        /// The attribute's name.
        attribute: &'static str,
        /// The character.
        found: char,
    },
    /// Not two letters.
    #[error("the country (C) is {found:?}; it must be two letters of ISO 3166, such as DE")]
    Country {
        /// The value given.
        found: String,
    },
}

const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const STATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.8");
const LOCALITY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.7");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const ORGANIZATIONAL_UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const EMAIL: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");

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
    /// [`InvalidName`] when it is not a well-formed sequence of attributes.
    pub fn from_der(der: &[u8]) -> Result<Self, InvalidName> {
        let invalid = |error: der::Error| InvalidName {
            detail: error.to_string(),
        };
        let mut rdns = Vec::new();
        let mut attributes = 0;
        let mut reader = SliceReader::new(der).map_err(invalid)?;
        reader
            .sequence(|sequence| {
                while !sequence.is_finished() {
                    let rdn = read_rdn(sequence)?;
                    attributes += rdn.len();
                    if attributes > MAX_ATTRIBUTES {
                        return Err(Tag::Sequence.length_error().into());
                    }
                    rdns.push(rdn);
                }
                Ok::<_, der::Error>(())
            })
            .map_err(invalid)?;
        reader.finish().map_err(invalid)?;
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

    fn attributes(&self) -> impl Iterator<Item = &Attribute> {
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

fn read_rdn<'a>(reader: &mut SliceReader<'a>) -> Result<Box<[Attribute]>, der::Error> {
    let set = AnyRef::decode(reader)?;
    if set.header().tag() != Tag::Set {
        return Err(set.header().tag().unexpected_error(Some(Tag::Set)).into());
    }
    let mut inner = SliceReader::new(set.value())?;
    let mut attributes = Vec::new();
    while !inner.is_finished() {
        let attribute = inner.sequence(|fields| {
            let oid = ObjectIdentifier::decode(fields)?;
            let value = AnyRef::decode(fields)?;
            Ok::<_, der::Error>(attribute(oid, value))
        })?;
        attributes.push(attribute);
    }
    if attributes.is_empty() {
        return Err(Tag::Set.length_error().into());
    }
    Ok(attributes.into())
}

fn attribute(oid: ObjectIdentifier, value: AnyRef<'_>) -> Attribute {
    let octets = value.value();
    let text = string_value(value.header().tag(), octets);
    let is_text = text.is_some();
    let hexadecimal = || {
        let digits: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        format!("#{digits}")
    };
    Attribute {
        oid,
        value: text.unwrap_or_else(hexadecimal),
        octets: octets.into(),
        is_text,
    }
}

/// The text in one of ASN.1's string types, read as the authorities that use them write it.
fn string_value(tag: Tag, octets: &[u8]) -> Option<String> {
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

fn short_name(oid: &ObjectIdentifier) -> String {
    SHORT_NAMES
        .iter()
        .find(|(known, _)| known == oid)
        .map_or_else(|| oid.to_string(), |(_, name)| (*name).to_owned())
}

impl fmt::Display for Name {
    /// The attributes in the order of the certificate, `C=DE, O=Example, CN=host`, special characters
    /// escaped with a backslash (RFC 4514 section 2.4) and control characters as `\u{..}`.
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
                        c if c.is_control() => write!(f, "{}", c.escape_unicode())?,
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

/// Builds a name from checked attributes, in the order and the string types that OpenSSL uses:
/// C, ST, L, O, OU, CN, emailAddress; PrintableString for the country, IA5String for the mail
/// address, UTF8String for the rest.
///
/// Limits are the upper bounds of RFC 5280 appendix A.1, in characters.
#[derive(Clone, Debug, Default)]
pub struct NameBuilder {
    country: Option<String>,
    state: Option<String>,
    locality: Option<String>,
    organization: Option<String>,
    organizational_unit: Option<String>,
    common_name: Option<String>,
    email: Option<EmailAddress>,
}

macro_rules! text_attribute {
    ($(#[$doc:meta])* $method:ident, $shown:literal, $limit:literal) => {
        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// [`InvalidAttribute`] when it is empty, too long or holds control characters.
        pub fn $method(mut self, value: &str) -> Result<Self, InvalidAttribute> {
            self.$method = Some(checked($shown, value, $limit)?);
            Ok(self)
        }
    };
}

impl NameBuilder {
    /// Sets the country: two letters, written in upper case.
    ///
    /// # Errors
    ///
    /// [`InvalidAttribute::Country`] when it is anything else.
    pub fn country(mut self, value: &str) -> Result<Self, InvalidAttribute> {
        if value.len() != 2 || !value.bytes().all(|b| b.is_ascii_alphabetic()) {
            let found = value.chars().take(20).collect();
            return Err(InvalidAttribute::Country { found });
        }
        self.country = Some(value.to_ascii_uppercase());
        Ok(self)
    }

    text_attribute!(
        /// Sets the state or province, at most 128 characters.
        state, "the state (ST)", 128);
    text_attribute!(
        /// Sets the locality, at most 128 characters.
        locality, "the locality (L)", 128);
    text_attribute!(
        /// Sets the organization, at most 64 characters.
        organization, "the organization (O)", 64);
    text_attribute!(
        /// Sets the organizational unit, at most 64 characters.
        organizational_unit, "the organizational unit (OU)", 64);
    text_attribute!(
        /// Sets the common name, at most 64 characters.
        common_name, "the common name (CN)", 64);

    /// Sets the mail address.
    #[must_use]
    pub fn email(mut self, value: EmailAddress) -> Self {
        self.email = Some(value);
        self
    }

    /// The name in DER.
    ///
    /// # Errors
    ///
    /// [`InvalidName`] when the encoder refuses it, which no checked attribute causes.
    pub fn build(&self) -> Result<Name, InvalidName> {
        let texts = [
            (COUNTRY, Tag::PrintableString, self.country.as_deref()),
            (STATE, Tag::Utf8String, self.state.as_deref()),
            (LOCALITY, Tag::Utf8String, self.locality.as_deref()),
            (ORGANIZATION, Tag::Utf8String, self.organization.as_deref()),
            (
                ORGANIZATIONAL_UNIT,
                Tag::Utf8String,
                self.organizational_unit.as_deref(),
            ),
            (COMMON_NAME, Tag::Utf8String, self.common_name.as_deref()),
            (
                EMAIL,
                Tag::Ia5String,
                self.email.as_ref().map(EmailAddress::as_str),
            ),
        ];
        encode(&texts)
            .map_err(|error| InvalidName {
                detail: error.to_string(),
            })
            .and_then(|der| Name::from_der(&der))
    }
}

fn checked(attribute: &'static str, value: &str, limit: usize) -> Result<String, InvalidAttribute> {
    let length = value.chars().count();
    if value.trim().is_empty() {
        return Err(InvalidAttribute::Empty { attribute });
    }
    if length > limit {
        return Err(InvalidAttribute::TooLong {
            attribute,
            length,
            limit,
        });
    }
    match value.chars().find(|c| c.is_control()) {
        Some(found) => Err(InvalidAttribute::Control { attribute, found }),
        None => Ok(value.to_owned()),
    }
}

#[derive(Sequence, der::ValueOrd)]
struct TypeAndValue<'a> {
    oid: ObjectIdentifier,
    value: AnyRef<'a>,
}

fn encode(texts: &[(ObjectIdentifier, Tag, Option<&str>)]) -> der::Result<Vec<u8>> {
    let mut rdns = Vec::new();
    for (oid, tag, text) in texts {
        if let Some(text) = text {
            let value = AnyRef::new(*tag, text.as_bytes())?;
            rdns.push(SetOfVec::try_from(vec![TypeAndValue { oid: *oid, value }])?);
        }
    }
    rdns.to_der()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Name {
        NameBuilder::default()
            .country("de")
            .and_then(|b| b.state("Bayern"))
            .and_then(|b| b.locality("München"))
            .and_then(|b| b.organization("Example, Inc."))
            .and_then(|b| b.organizational_unit("Voice"))
            .and_then(|b| b.common_name("host"))
            .map(|b| b.email("a@b.example".parse().expect("an address")))
            .expect("valid attributes")
            .build()
            .expect("a name")
    }

    #[test]
    fn builds_in_openssl_order() {
        let name = full();
        assert_eq!(
            name.to_string(),
            "C=DE, ST=Bayern, L=München, O=Example\\, Inc., OU=Voice, CN=host, emailAddress=a@b.example"
        );
        assert_eq!(
            name.oneline(),
            "/C=DE/ST=Bayern/L=M\\xC3\\xBCnchen/O=Example, Inc./OU=Voice/CN=host/emailAddress=a@b.example"
        );
        assert_eq!(name.common_name(), Some("host"));
        assert_eq!(Name::from_der(name.der()), Ok(name.clone()));
    }

    #[test]
    fn refuses_bad_attributes() {
        let new = NameBuilder::default;
        assert!(matches!(
            new().country("DEU"),
            Err(InvalidAttribute::Country { .. })
        ));
        assert!(matches!(
            new().country("é"),
            Err(InvalidAttribute::Country { .. })
        ));
        assert!(matches!(
            new().common_name(""),
            Err(InvalidAttribute::Empty { .. })
        ));
        assert!(matches!(
            new().common_name(&"a".repeat(65)),
            Err(InvalidAttribute::TooLong {
                length: 65,
                limit: 64,
                ..
            })
        ));
        assert!(matches!(
            new().organization("a\tb"),
            Err(InvalidAttribute::Control { found: '\t', .. })
        ));
    }

    #[test]
    fn no_prefix_of_a_name_is_one() {
        let name = full();
        for end in 0..name.der().len() {
            assert!(Name::from_der(&name.der()[..end]).is_err(), "{end}");
        }
    }
}
