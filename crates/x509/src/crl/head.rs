//! Everything in a list but its entries, read once.
//!
//! Invariant: whatever the number of entries, it is kept without them.
//!
//! Source: RFC 5280 sections 5.1 and 5.2.

use std::ops::Range;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;
use der::Decode;
use der::asn1::BitStringRef;
use spki::AlgorithmIdentifierRef;

use super::issuing_point::IssuingDistributionPoint;
use super::number::CrlNumber;
use super::scan::{ScanError, Scanner, tag, time};
use super::{InvalidRevocationList, MAX_EXTENSIONS};
use crate::algorithm::SignatureAlgorithm;
use crate::extension::{Extensions, InvalidExtension, RawExtension, extension_name};
use crate::name::Name;
use crate::time::Timestamp;

/// Everything in a list but its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListHead {
    /// Version 1 has no extensions, neither of the list nor of entries.
    pub version: ListVersion,
    /// How it is signed.
    pub signature_algorithm: SignatureAlgorithm,
    /// The signature over its signed part.
    pub signature: Box<[u8]>,
    /// The name of the authority that signed it.
    pub issuer: Name,
    /// When it was made.
    pub this_update: Timestamp,
    /// When the next one comes at the latest.
    pub next_update: Option<Timestamp>,
    /// Its number.
    pub number: Option<CrlNumber>,
    /// The subject key identifier of the key that signed it.
    pub authority_key_id: Option<Box<[u8]>>,
    /// Which certificates it is about, if not about all of its issuer's.
    pub issuing_distribution_point: Option<IssuingDistributionPoint>,
    /// The number of the list that it adds to, which makes it a delta list (RFC 5280 section 5.2.4).
    pub delta_base: Option<CrlNumber>,
    /// Critical extensions that are none of the above.
    pub unknown_critical: Vec<ObjectIdentifier>,
    /// Every extension in the order of the list, with whether it is critical.
    pub extensions: Vec<(ObjectIdentifier, bool)>,
}

/// The version of a list's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListVersion {
    /// Version 1: no extensions.
    V1,
    /// Version 2.
    V2,
}

/// The places of the signed part and of the entries, and everything else.
pub(super) fn read(
    der: &[u8],
) -> Result<(Range<usize>, Range<usize>, ListHead), InvalidRevocationList> {
    let mut outer = Scanner::new(der);
    let list = outer.expect(tag::SEQUENCE)?;
    outer.finish()?;
    let mut parts = Scanner::new(list.contents);
    let tbs = parts.expect(tag::SEQUENCE)?;
    let algorithm = parts.expect(tag::SEQUENCE)?.whole;
    let signature = parts.expect(tag::BIT_STRING)?.whole;
    parts.finish()?;

    // The list reaches to the end of the octets, so lengths tell where its parts begin.
    let tbs_start = der.len().saturating_sub(list.contents.len());
    let tbs_end = tbs_start.saturating_add(tbs.whole.len());

    let mut fields = Scanner::new(tbs.contents);
    let version = read_version(&mut fields)?;
    if fields.expect(tag::SEQUENCE)?.whole != algorithm {
        return Err(InvalidRevocationList::AlgorithmMismatch);
    }
    let algorithm = AlgorithmIdentifierRef::from_der(algorithm)?;
    let issuer = fields.expect(tag::SEQUENCE)?.whole;
    let issuer = Name::from_der(issuer).map_err(InvalidRevocationList::Issuer)?;
    let this_update = fields.next()?.ok_or(ScanError::Missing {
        wanted: tag::UTC_TIME,
    })?;
    let next_update = match fields.peek() {
        Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => fields.next()?.map(time).transpose()?,
        Some(_) | None => None,
    };
    let entries = fields.take_if(tag::SEQUENCE)?.map(|list| list.contents);
    let entries_end = tbs_end.saturating_sub(fields.rest().len());
    let entries_start = entries_end.saturating_sub(entries.unwrap_or_default().len());
    let extensions = fields.take_if(tag::EXTENSIONS)?;
    fields.finish()?;

    let mut head = ListHead {
        version,
        signature_algorithm: SignatureAlgorithm::read(&algorithm),
        signature: whole_octets(signature)?.into(),
        issuer,
        this_update: time(this_update)?,
        next_update,
        number: None,
        authority_key_id: None,
        issuing_distribution_point: None,
        delta_base: None,
        unknown_critical: Vec::new(),
        extensions: Vec::new(),
    };
    if let Some(extensions) = extensions {
        if version == ListVersion::V1 {
            return Err(InvalidRevocationList::ExtensionsWithoutV2);
        }
        head.read_extensions(extensions.contents)?;
    }
    Ok((tbs_start..tbs_end, entries_start..entries_end, head))
}

/// RFC 5280 section 5.1.2.1: absent, or the number for version 2.
fn read_version(fields: &mut Scanner<'_>) -> Result<ListVersion, InvalidRevocationList> {
    match fields.take_if(tag::INTEGER)?.map(|number| number.contents) {
        None => Ok(ListVersion::V1),
        Some([1]) => Ok(ListVersion::V2),
        Some(_other) => Err(InvalidRevocationList::Malformed {
            detail: "it has a version that is neither absent nor 2".to_owned(),
        }),
    }
}

/// The octets of a signature, which is a BIT STRING of whole octets.
fn whole_octets(der: &[u8]) -> Result<&[u8], InvalidRevocationList> {
    let bits = BitStringRef::from_der(der)?;
    bits.as_bytes()
        .ok_or_else(|| InvalidRevocationList::Malformed {
            detail: "the signature is not a whole number of octets".to_owned(),
        })
}

impl ListHead {
    /// Reads the extensions inside their `[0]`.
    fn read_extensions(&mut self, explicit: &[u8]) -> Result<(), InvalidRevocationList> {
        let mut outer = Scanner::new(explicit);
        let mut extensions = Scanner::new(outer.expect(tag::SEQUENCE)?.contents);
        outer.finish()?;
        while let Some(element) = extensions.next()? {
            if self.extensions.len() == MAX_EXTENSIONS {
                return Err(InvalidRevocationList::TooManyExtensions);
            }
            let raw = RawExtension::from_der(element.whole)?;
            let name = || extension_name(&raw.oid);
            if self.extensions.iter().any(|(oid, _)| *oid == raw.oid) {
                return Err(InvalidExtension::Duplicate { name: name() }.into());
            }
            self.extensions.push((raw.oid, raw.critical));
            self.read_one(&raw)
                .map_err(|detail| InvalidExtension::Malformed {
                    name: name(),
                    detail,
                })?;
        }
        Ok(())
    }

    fn read_one(&mut self, raw: &RawExtension<'_>) -> Result<(), String> {
        let value = raw.value.as_bytes();
        match raw.oid {
            rfc5280::ID_CE_CRL_NUMBER => self.number = Some(read_number(value)?),
            rfc5280::ID_CE_DELTA_CRL_INDICATOR => self.delta_base = Some(read_number(value)?),
            rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT => {
                let point = IssuingDistributionPoint::read(value);
                self.issuing_distribution_point = Some(point.map_err(|error| error.to_string())?);
            }
            rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER => {
                // The same extension as in certificates (RFC 5280 section 5.2.1).
                let read = Extensions::read(std::slice::from_ref(raw));
                let read = read.map_err(|error| error.to_string())?;
                self.authority_key_id = read.authority_key_id.and_then(|id| id.key_id);
            }
            // Where to find more, and how else the issuer is called: nothing about who is revoked.
            rfc5280::ID_CE_FRESHEST_CRL
            | rfc5280::ID_CE_ISSUER_ALT_NAME
            | rfc5280::ID_PE_AUTHORITY_INFO_ACCESS => {}
            unknown if raw.critical => self.unknown_critical.push(unknown),
            _unknown => {}
        }
        Ok(())
    }
}

/// The INTEGER of a number, which is not negative (RFC 5280 section 5.2.3).
fn read_number(value: &[u8]) -> Result<CrlNumber, String> {
    let mut scanner = Scanner::new(value);
    let integer = scanner.expect(tag::INTEGER);
    let integer = integer.and_then(|integer| scanner.finish().map(|()| integer.contents));
    integer
        .and_then(|contents| CrlNumber::from_der_contents(contents).ok_or(ScanError::Number))
        .map_err(|error| error.to_string())
}
