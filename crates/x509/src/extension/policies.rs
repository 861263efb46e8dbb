//! Certificate policies: under which rules a certificate was issued, as it says itself.
//!
//! They are read to be shown. The judge takes any policy, and heeds only the demand for an explicit
//! one. Source: RFC 5280 sections 4.2.1.4 and 4.2.1.5.

use std::fmt;

use const_oid::ObjectIdentifier;
use der::asn1::{AnyRef, Ia5StringRef};
use der::{Decode, Reader, Sequence, SliceReader, Tag};

/// One policy, with what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificatePolicy {
    /// The policy.
    pub oid: ObjectIdentifier,
    /// What is said about it.
    pub qualifiers: Vec<PolicyQualifier>,
}

/// Something said about a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyQualifier {
    /// Where the statement of the authority's practices is.
    Statement(String),
    /// A text to be shown to whoever uses the certificate.
    Notice {
        /// Whether it refers to a notice of an organization by number.
        refers: bool,
        /// The text.
        text: Option<NoticeText>,
    },
    /// Of another kind: its object identifier.
    Other(ObjectIdentifier),
}

/// A text for people, and how it is encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeText {
    /// The text.
    pub text: String,
    /// Its string type.
    pub encoding: NoticeEncoding,
}

/// The string types of DisplayText.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeEncoding {
    /// UTF8String, as it should be.
    Utf8,
    /// IA5String, which must not be used.
    Ia5,
    /// VisibleString.
    Visible,
    /// BMPString.
    Bmp,
}

/// A policy of the issuer that counts as one of the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Sequence)]
pub struct PolicyMapping {
    /// The policy of the issuer.
    pub issuer: ObjectIdentifier,
    /// The policy of the subject.
    pub subject: ObjectIdentifier,
}

/// anyPolicy of RFC 5280 section 4.2.1.4.
pub const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");
const STATEMENT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.1");
const NOTICE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.2");

/// Policies in one certificate that are read: far more than any in use.
const MAX_POLICIES: usize = 256;

impl fmt::Display for CertificatePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.oid == ANY_POLICY {
            f.write_str("anyPolicy")?;
        } else {
            write!(f, "{}", self.oid)?;
        }
        for (index, qualifier) in self.qualifiers.iter().enumerate() {
            write!(f, "{}{qualifier}", if index == 0 { " (" } else { "; " })?;
        }
        f.write_str(if self.qualifiers.is_empty() { "" } else { ")" })
    }
}

impl fmt::Display for PolicyQualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Statement(uri) => write!(f, "statement {}", uri.escape_debug()),
            Self::Notice { refers, text } => {
                f.write_str("notice")?;
                if *refers {
                    f.write_str(" by number")?;
                }
                match text {
                    Some(notice) => write!(f, " \"{}\"", notice.text.escape_debug()),
                    None => Ok(()),
                }
            }
            Self::Other(oid) => write!(f, "qualifier {oid}"),
        }
    }
}

pub(super) fn read(value: &[u8]) -> der::Result<Vec<CertificatePolicy>> {
    let mut policies = Vec::new();
    let mut reader = SliceReader::new(value)?;
    reader.sequence(|sequence| {
        while !sequence.is_finished() {
            if policies.len() == MAX_POLICIES {
                return Err(Tag::Sequence.length_error().into());
            }
            policies.push(sequence.sequence(read_policy)?);
        }
        Ok::<_, der::Error>(())
    })?;
    reader.finish()?;
    // RFC 5280 section 4.2.1.4: SIZE (1..MAX).
    if policies.is_empty() {
        return Err(Tag::Sequence.length_error().into());
    }
    Ok(policies)
}

fn read_policy(fields: &mut SliceReader<'_>) -> der::Result<CertificatePolicy> {
    let oid = ObjectIdentifier::decode(fields)?;
    let mut qualifiers = Vec::new();
    if !fields.is_finished() {
        fields.sequence(|list| {
            while !list.is_finished() {
                qualifiers.push(list.sequence(read_qualifier)?);
            }
            Ok::<_, der::Error>(())
        })?;
    }
    Ok(CertificatePolicy { oid, qualifiers })
}

fn read_qualifier(fields: &mut SliceReader<'_>) -> der::Result<PolicyQualifier> {
    let oid = ObjectIdentifier::decode(fields)?;
    let value = AnyRef::decode(fields)?;
    Ok(match oid {
        STATEMENT => {
            PolicyQualifier::Statement(value.decode_as::<Ia5StringRef<'_>>()?.as_str().to_owned())
        }
        NOTICE => read_notice(value)?,
        other => PolicyQualifier::Other(other),
    })
}

fn read_notice(value: AnyRef<'_>) -> der::Result<PolicyQualifier> {
    let tag = value.header().tag();
    if tag != Tag::Sequence {
        return Err(tag.unexpected_error(Some(Tag::Sequence)).into());
    }
    let mut reader = SliceReader::new(value.value())?;
    let mut refers = false;
    let mut text = None;
    while !reader.is_finished() {
        let field = AnyRef::decode(&mut reader)?;
        let tag = field.header().tag();
        if text.is_some() {
            return Err(tag.unexpected_error(None).into());
        } else if tag == Tag::Sequence && !refers {
            refers = true;
        } else {
            text = Some(read_text(tag, field.value())?);
        }
    }
    Ok(PolicyQualifier::Notice { refers, text })
}

fn read_text(tag: Tag, octets: &[u8]) -> der::Result<NoticeText> {
    let encodings = [
        (Tag::Utf8String, NoticeEncoding::Utf8),
        (Tag::Ia5String, NoticeEncoding::Ia5),
        (Tag::VisibleString, NoticeEncoding::Visible),
        (Tag::BmpString, NoticeEncoding::Bmp),
    ];
    let encoding = encodings.into_iter().find(|(known, _)| *known == tag);
    let (_, encoding) = encoding.ok_or_else(|| tag.value_error())?;
    let text = crate::name::string_value(tag, octets).ok_or_else(|| tag.value_error())?;
    Ok(NoticeText { text, encoding })
}
