//! Revocation lists to be: what an authority is about to sign, and the joining of it with a
//! signature.
//!
//! Entries are written as they come and nothing is kept of them, so that a list of a million costs
//! little more than itself; their order is the caller's. Building is separate from judging: nothing
//! here decides whether a certificate should be on the list.
//!
//! Source: RFC 5280 section 5.

use const_oid::db::rfc5280;
use der::Encode;
use der::asn1::{BitStringRef, OctetStringRef};

use super::MAX_OCTETS;
use super::number::CrlNumber;
use super::reason::RevocationReason;
use super::scan::tag;
use crate::algorithm::SignatureAlgorithm;
use crate::extension::{RawExtension, write};
use crate::name::Name;
use crate::serial::Serial;
use crate::time::Timestamp;
use crate::time::asn1::Asn1Time;

/// Everything in a list but its entries and the signature. It becomes a full list of version 2 about
/// all certificates of its issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlToBeSigned {
    /// The authority's subject, byte for byte.
    pub issuer: Name,
    /// How it will be signed.
    pub signature_algorithm: SignatureAlgorithm,
    /// When it is made.
    pub this_update: Timestamp,
    /// When the next one comes at the latest.
    pub next_update: Timestamp,
    /// Its number.
    pub number: CrlNumber,
    /// The subject key identifier of the authority. RFC 5280 section 5.2.1 demands it; `None` is for
    /// authorities that have none.
    pub authority_key_id: Option<Vec<u8>>,
}

/// One certificate that will be on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// Its serial number.
    pub serial: Serial,
    /// When it was revoked.
    pub revoked: Timestamp,
    /// Why. [`RevocationReason::Unspecified`] is left out, as RFC 5280 section 5.3.1 asks.
    pub reason: RevocationReason,
    /// From when on the key or the certificate was bad, if that is known.
    pub invalid_since: Option<Timestamp>,
}

/// A list cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildListError {
    /// With an algorithm that is only read.
    #[error("{algorithm} is not written by this program")]
    Algorithm {
        /// The algorithm.
        algorithm: SignatureAlgorithm,
    },
    /// A serial number without octets.
    #[error("a certificate on the list has no serial number")]
    NoSerial,
    /// A reason that a full list does not have (RFC 5280 section 5.3.1).
    #[error(
        "the certificate with serial {serial} has the reason removeFromCRL, which belongs into delta lists only"
    )]
    OnlyInDelta {
        /// Whose it is.
        serial: Serial,
    },
    /// More octets than a list is read with.
    #[error("the list has more than {MAX_OCTETS} octets, the most that are read")]
    TooLarge,
    /// A value cannot be written in DER.
    #[error("the revocation list cannot be encoded ({detail})")]
    Encode {
        /// What the encoder found.
        detail: String,
    },
}

impl CrlToBeSigned {
    /// The octets that are to be signed, with these entries in this order.
    ///
    /// # Errors
    ///
    /// [`BuildListError`] for what a list cannot hold.
    pub fn to_der(
        &self,
        entries: impl IntoIterator<Item = NewEntry>,
    ) -> Result<Vec<u8>, BuildListError> {
        let head = self.head()?;
        // How long the entries are is known when they stand there. So room for what precedes them
        // is kept, and filled from its end.
        let room = head.len() + 2 * MAX_HEADER;
        let mut out = vec![0; room];
        for entry in entries {
            entry.write(&mut out)?;
            if out.len() > MAX_OCTETS {
                return Err(BuildListError::TooLarge);
            }
        }
        let mut start = room;
        // RFC 5280 section 5.1.2.6: without revoked certificates the list must be absent.
        if out.len() > room {
            let length = out.len() - room;
            start = put_before(&mut out, start, &header(tag::SEQUENCE, length)?)?;
        }
        start = put_before(&mut out, start, &head)?;
        self.write_extensions(&mut out)?;
        let length = out.len().saturating_sub(start);
        start = put_before(&mut out, start, &header(tag::SEQUENCE, length)?)?;
        out.drain(..start);
        Ok(out)
    }

    /// What stands before the entries.
    fn head(&self) -> Result<Vec<u8>, BuildListError> {
        // Version 2 is written 1 (RFC 5280 section 5.1.2.1).
        let mut head = vec![tag::INTEGER, 1, 1];
        head.extend(algorithm_der(&self.signature_algorithm)?);
        head.extend_from_slice(self.issuer.der());
        write_time(&mut head, self.this_update);
        write_time(&mut head, self.next_update);
        Ok(head)
    }

    fn write_extensions(&self, out: &mut Vec<u8>) -> Result<(), BuildListError> {
        let mut encoded = Vec::new();
        if let Some(key_id) = &self.authority_key_id {
            encoded.push(write::authority_key_id(key_id)?);
        }
        let mut number = Vec::new();
        write_element(&mut number, tag::INTEGER, &self.number.der_contents())?;
        encoded.push((rfc5280::ID_CE_CRL_NUMBER, false, number));

        let mut extensions = Vec::new();
        for (oid, critical, value) in &encoded {
            let value = OctetStringRef::new(value)?;
            let raw = RawExtension {
                oid: *oid,
                critical: *critical,
                value,
            };
            extensions.extend(raw.to_der()?);
        }
        let mut sequence = Vec::new();
        write_element(&mut sequence, tag::SEQUENCE, &extensions)?;
        write_element(out, tag::EXTENSIONS, &sequence)
    }
}

/// Joins the signed octets and their signature to a list, in place: nothing of the size of the list
/// is copied.
///
/// # Errors
///
/// [`BuildListError`] when the algorithm is not one that we write.
pub fn join(
    tbs_der: Vec<u8>,
    algorithm: &SignatureAlgorithm,
    signature: &[u8],
) -> Result<Vec<u8>, BuildListError> {
    let mut list = tbs_der;
    list.extend(algorithm_der(algorithm)?);
    list.extend(BitStringRef::from_bytes(signature)?.to_der()?);
    let header = header(tag::SEQUENCE, list.len())?;
    list.splice(..0, header);
    Ok(list)
}

impl NewEntry {
    fn write(&self, out: &mut Vec<u8>) -> Result<(), BuildListError> {
        if self.serial.der_contents().is_empty() {
            return Err(BuildListError::NoSerial);
        }
        if self.reason == RevocationReason::RemoveFromCrl {
            let serial = self.serial.clone();
            return Err(BuildListError::OnlyInDelta { serial });
        }
        let start = out.len();
        // Entries of usual size have a header of two octets; it is set when the size is known.
        out.extend([tag::SEQUENCE, 0]);
        write_element(out, tag::INTEGER, self.serial.der_contents())?;
        write_time(out, self.revoked);
        self.write_extensions(out)?;
        let length = out.len().saturating_sub(start + 2);
        let header = header(tag::SEQUENCE, length)?;
        out.splice(start..start + 2, header);
        Ok(())
    }

    fn write_extensions(&self, out: &mut Vec<u8>) -> Result<(), BuildListError> {
        let mut extensions = Vec::new();
        if self.reason != RevocationReason::Unspecified {
            extensions.extend([0x30, 10, tag::OID, 3, 0x55, 0x1d, 0x15]);
            extensions.extend([tag::OCTET_STRING, 3, tag::ENUMERATED, 1, self.reason.code()]);
        }
        if let Some(moment) = self.invalid_since {
            // RFC 5280 section 5.3.2: always a GeneralizedTime.
            extensions.extend([0x30, 24, tag::OID, 3, 0x55, 0x1d, 0x18]);
            extensions.extend([tag::OCTET_STRING, 17]);
            write_generalized(&mut extensions, moment);
        }
        if extensions.is_empty() {
            return Ok(());
        }
        write_element(out, tag::SEQUENCE, &extensions)
    }
}

/// Octets that tag and length of an element may take: one and one, or one and five.
const MAX_HEADER: usize = 6;

/// Writes `octets` so that they end at `end`, and says where they begin.
fn put_before(out: &mut [u8], end: usize, octets: &[u8]) -> Result<usize, BuildListError> {
    let start = end.checked_sub(octets.len());
    let place = start.and_then(|start| out.get_mut(start..end));
    let (Some(start), Some(place)) = (start, place) else {
        return Err(BuildListError::TooLarge);
    };
    place.copy_from_slice(octets);
    Ok(start)
}

fn write_element(out: &mut Vec<u8>, tag: u8, contents: &[u8]) -> Result<(), BuildListError> {
    match u8::try_from(contents.len()) {
        Ok(length) if length < 0x80 => out.extend([tag, length]),
        Ok(_) | Err(_) => out.extend(header(tag, contents.len())?),
    }
    out.extend_from_slice(contents);
    Ok(())
}

/// Tag and length of an element.
fn header(tag: u8, length: usize) -> Result<Vec<u8>, BuildListError> {
    let length = u32::try_from(length).map_err(|_| BuildListError::TooLarge)?;
    let octets = length.to_be_bytes();
    let zeros = octets.iter().take_while(|&&octet| octet == 0).count();
    let significant = octets.get(zeros..).unwrap_or_default();
    Ok(match significant {
        [] => vec![tag, 0],
        [short] if *short < 0x80 => vec![tag, *short],
        long => {
            let count = u8::try_from(long.len()).unwrap_or_default();
            let mut header = vec![tag, 0x80 | count];
            header.extend_from_slice(long);
            header
        }
    })
}

/// UTCTime through 2049, GeneralizedTime from 2050 on (RFC 5280 section 5.1.2.4).
fn write_time(out: &mut Vec<u8>, moment: Timestamp) {
    match moment.to_asn1() {
        Asn1Time::Utc(contents) => {
            out.extend([tag::UTC_TIME, 13]);
            out.extend(contents);
        }
        Asn1Time::Generalized(_) => write_generalized(out, moment),
    }
}

fn write_generalized(out: &mut Vec<u8>, moment: Timestamp) {
    out.extend([tag::GENERALIZED_TIME, 15]);
    out.extend(moment.to_generalized_time());
}

fn algorithm_der(algorithm: &SignatureAlgorithm) -> Result<Vec<u8>, BuildListError> {
    algorithm.to_der().ok_or_else(|| BuildListError::Algorithm {
        algorithm: algorithm.clone(),
    })
}

impl From<der::Error> for BuildListError {
    fn from(error: der::Error) -> Self {
        Self::Encode {
            detail: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
