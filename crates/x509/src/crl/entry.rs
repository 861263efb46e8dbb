//! The entries of a list, read one after the other straight from its DER.
//!
//! Invariant: reading an entry allocates nothing, whatever stands in it; after an entry that cannot
//! be read there is no other.
//!
//! Source: RFC 5280 sections 5.1.2.6 and 5.3.

use const_oid::ObjectIdentifierRef;

use super::reason::RevocationReason;
use super::scan::{ScanError, Scanner, boolean, tag, time};
use crate::serial::Serial;
use crate::time::Timestamp;

/// One certificate that a list names, as it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedEntry<'a> {
    /// The contents octets of the certificate's serial number: big-endian two's complement.
    pub serial_contents: &'a [u8],
    /// When it was revoked.
    pub revoked: Timestamp,
    /// Why, if that is said.
    pub reason: Option<RevocationReason>,
    /// From when on the key or the certificate was bad, if that is said.
    pub invalid_since: Option<Timestamp>,
    /// Whether the entry is for a certificate of another authority than the list's issuer, which
    /// only indirect lists have (RFC 5280 section 5.3.3).
    pub names_issuer: bool,
    /// The first critical extension of the entry that is none of the above.
    pub unknown_critical: Option<&'a ObjectIdentifierRef>,
}

/// An entry cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {number} of the list is not well formed ({detail})")]
pub struct InvalidEntry {
    /// Its number in the list, from 1.
    pub number: usize,
    detail: String,
}

/// The entries of a list, in its order.
#[derive(Clone)]
pub struct Entries<'a> {
    scanner: Scanner<'a>,
    number: usize,
    with_extensions: bool,
}

impl RevokedEntry<'_> {
    /// The serial number as a value of its own.
    #[must_use]
    pub fn serial(&self) -> Serial {
        Serial::from_der_contents(self.serial_contents)
    }
}

impl<'a> Entries<'a> {
    /// The entries in the contents of a revokedCertificates sequence.
    pub(super) fn new(contents: &'a [u8], with_extensions: bool) -> Self {
        Self {
            scanner: Scanner::new(contents),
            number: 0,
            with_extensions,
        }
    }

    /// Octets that are still to be read.
    #[must_use]
    pub fn octets_left(&self) -> usize {
        self.scanner.rest().len()
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<RevokedEntry<'a>, InvalidEntry>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.scanner.peek()?;
        self.number += 1;
        let entry = read(&mut self.scanner, self.with_extensions);
        Some(entry.map_err(|error| {
            self.scanner = Scanner::new(&[]);
            InvalidEntry {
                number: self.number,
                detail: error.to_string(),
            }
        }))
    }
}

#[inline]
fn read<'a>(
    scanner: &mut Scanner<'a>,
    with_extensions: bool,
) -> Result<RevokedEntry<'a>, ScanError> {
    let mut fields = Scanner::new(scanner.expect(tag::SEQUENCE)?.contents);
    let serial = fields.expect(tag::INTEGER)?.contents;
    if serial.is_empty() {
        return Err(ScanError::Number);
    }
    let date = fields.next()?;
    let date = date.ok_or(ScanError::Missing {
        wanted: tag::UTC_TIME,
    })?;
    let mut entry = RevokedEntry {
        serial_contents: serial,
        revoked: time(date)?,
        reason: None,
        invalid_since: None,
        names_issuer: false,
        unknown_critical: None,
    };
    if let Some(extensions) = fields.take_if(tag::SEQUENCE)? {
        if !with_extensions {
            return Err(ScanError::ExtensionsWithoutV2);
        }
        read_extensions(&mut entry, Scanner::new(extensions.contents))?;
    }
    fields.finish()?;
    Ok(entry)
}

/// The contents octets of id-ce, under which the extensions of entries are: RFC 5280 section 5.3.
const REASON_CODE: &[u8] = &[0x55, 0x1d, 0x15];
const INVALIDITY_DATE: &[u8] = &[0x55, 0x1d, 0x18];
const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 0x1d];

#[inline]
fn read_extensions<'a>(
    entry: &mut RevokedEntry<'a>,
    mut extensions: Scanner<'a>,
) -> Result<(), ScanError> {
    // RFC 5280 section 5.1.2.6 allows no empty sequence: it ends inside the element then.
    if extensions.peek().is_none() {
        return Err(ScanError::Missing {
            wanted: tag::SEQUENCE,
        });
    }
    while extensions.peek().is_some() {
        let mut fields = Scanner::new(extensions.expect(tag::SEQUENCE)?.contents);
        let oid = fields.expect(tag::OID)?.contents;
        let critical = match fields.take_if(tag::BOOLEAN)? {
            Some(element) => boolean(element.contents)?,
            None => false,
        };
        let value = fields.expect(tag::OCTET_STRING)?.contents;
        fields.finish()?;
        let mut value = Scanner::new(value);
        match oid {
            REASON_CODE if entry.reason.is_some() => return Err(ScanError::DuplicateExtension),
            REASON_CODE => {
                entry.reason = Some(reason(value.expect(tag::ENUMERATED)?.contents)?);
                value.finish()?;
            }
            INVALIDITY_DATE if entry.invalid_since.is_some() => {
                return Err(ScanError::DuplicateExtension);
            }
            INVALIDITY_DATE => {
                entry.invalid_since = Some(time(value.expect(tag::GENERALIZED_TIME)?)?);
                value.finish()?;
            }
            CERTIFICATE_ISSUER => entry.names_issuer = true,
            other => {
                let oid = ObjectIdentifierRef::from_bytes(other).map_err(|_| ScanError::Oid)?;
                if critical && entry.unknown_critical.is_none() {
                    entry.unknown_critical = Some(oid);
                }
            }
        }
    }
    Ok(())
}

fn reason(contents: &[u8]) -> Result<RevocationReason, ScanError> {
    let &[code] = contents else {
        return Err(ScanError::Number);
    };
    RevocationReason::from_code(code).ok_or(ScanError::Reason { found: code })
}
