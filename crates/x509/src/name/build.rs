//! Distinguished names from checked attributes, as OpenSSL builds them.
//!
//! Invariant: what [`NameBuilder`] holds has been checked, so that it can always be written.

use const_oid::ObjectIdentifier;
use der::asn1::{AnyRef, SetOfVec};
use der::{Encode, Sequence, Tag};

use super::{
    COMMON_NAME, COUNTRY, EMAIL, InvalidName, LOCALITY, Name, ORGANIZATION, ORGANIZATIONAL_UNIT,
    STATE, is_misleading,
};
use crate::email::EmailAddress;

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
    /// A character that is not seen, or that turns the direction of writing.
    #[error(
        "{attribute} contains the character {}, which is not seen or turns the direction of writing, and is not allowed",
        found.escape_unicode()
    )]
    Misleading {
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
        /// [`InvalidAttribute`] when it is empty, too long or holds control or misleading characters.
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
        Name::from_der(&encode(&texts)?)
    }
}

/// The text, if it can be the attribute that `set` sets: for readers of arguments and of files.
///
/// # Errors
///
/// As `set`.
pub fn attribute_text(
    set: impl Fn(NameBuilder, &str) -> Result<NameBuilder, InvalidAttribute>,
    text: &str,
) -> Result<String, InvalidAttribute> {
    set(NameBuilder::default(), text).map(|_| text.to_owned())
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
    if let Some(found) = value.chars().find(|c| c.is_control()) {
        return Err(InvalidAttribute::Control { attribute, found });
    }
    match value.chars().find(|c| is_misleading(*c)) {
        Some(found) => Err(InvalidAttribute::Misleading { attribute, found }),
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
