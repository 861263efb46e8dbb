//! What an index keeps of one certificate, in as few octets as it takes.
//!
//! A record is the length of the serial number, the serial number, the reason, and the date. The
//! length is one octet; 255 says that it does not fit and stands in the next four. A length of zero,
//! which no serial number has, marks the end of a bucket that has room left.
//!
//! Invariant: a bucket is records one behind the other, then zeros.

use trustpack_x509::crl::reason::RevocationReason;
use trustpack_x509::time::Timestamp;

use super::Listed;

/// A length that stands in the four octets behind it.
const LONG: u8 = 255;

/// Seconds since 1970 to the year 9999 fit into five octets.
const DATE_OCTETS: usize = 5;

/// The reason and the date.
const FACTS: usize = 1 + DATE_OCTETS;

/// The place of the reason if there is none.
const NO_REASON: u8 = 255;

/// One record where it stands.
pub(super) struct Record<'a> {
    pub(super) serial: &'a [u8],
    facts: &'a [u8; FACTS],
    /// Where the next one begins.
    pub(super) end: usize,
}

/// How many octets a record with this serial number takes.
pub(super) fn octets(serial: &[u8]) -> usize {
    let long = if serial.len() < usize::from(LONG) {
        0
    } else {
        4
    };
    1 + long + serial.len() + FACTS
}

/// What stands in a bucket about a serial number.
pub(super) fn find(bucket: &[u8], serial: &[u8]) -> Option<Listed> {
    let mut at = 0;
    while let Some(record) = read(bucket, at) {
        if record.serial == serial {
            return Some(record.listed());
        }
        at = record.end;
    }
    None
}

/// Puts a serial number into its bucket, and says whether it is a new one there.
///
/// Of a repeated one the first record counts, unless it says that the certificate is no longer on the
/// list and the other does not.
pub(super) fn put(bucket: &mut [u8], serial: &[u8], new: Listed) -> bool {
    let mut at = 0;
    while let Some(record) = read(bucket, at) {
        if record.serial == serial {
            let lifted = Some(RevocationReason::RemoveFromCrl);
            if record.listed().reason == lifted && new.reason != lifted {
                write(bucket, at, serial, new);
            }
            return false;
        }
        at = record.end;
    }
    write(bucket, at, serial, new);
    true
}

/// The record at a place, if one is there.
pub(super) fn read(bucket: &[u8], at: usize) -> Option<Record<'_>> {
    let (&short, behind) = bucket.get(at..)?.split_first()?;
    let (length, behind, header) = match short {
        0 => return None,
        LONG => {
            let (length, behind) = behind.split_first_chunk::<4>()?;
            let length = u32::from_le_bytes(*length);
            (usize::try_from(length).ok()?, behind, 5)
        }
        short => (usize::from(short), behind, 1),
    };
    let (serial, behind) = behind.split_at_checked(length)?;
    Some(Record {
        serial,
        facts: behind.first_chunk()?,
        end: at + header + length + FACTS,
    })
}

/// Writes a record for which there is room, and says where it ends.
pub(super) fn write(bucket: &mut [u8], at: usize, serial: &[u8], new: Listed) -> usize {
    let [a, b, c, d, e, _, _, _] = new.revoked.unix().to_le_bytes();
    let reason = new.reason.map_or(NO_REASON, RevocationReason::code);
    let facts = [reason, a, b, c, d, e];
    match u8::try_from(serial.len()) {
        Ok(short) if short < LONG => put_parts(bucket, at, &[[short].as_slice(), serial, &facts]),
        Ok(_) | Err(_) => {
            let length = u32::try_from(serial.len())
                .unwrap_or(u32::MAX)
                .to_le_bytes();
            put_parts(bucket, at, &[[LONG].as_slice(), &length, serial, &facts])
        }
    }
}

/// Writes parts one behind the other, and says where the last one ends.
#[inline]
fn put_parts(bucket: &mut [u8], at: usize, parts: &[&[u8]]) -> usize {
    let mut rest = bucket.get_mut(at..).unwrap_or_default();
    let mut end = at;
    for part in parts {
        if let Some((place, behind)) = rest.split_at_mut_checked(part.len()) {
            place.copy_from_slice(part);
            rest = behind;
            end += part.len();
        } else {
            return end;
        }
    }
    end
}

impl Record<'_> {
    pub(super) fn listed(&self) -> Listed {
        listed(*self.facts)
    }
}

fn listed(facts: [u8; FACTS]) -> Listed {
    let [reason, a, b, c, d, e] = facts;
    Listed {
        reason: RevocationReason::from_code(reason),
        revoked: Timestamp::from_unix(u64::from_le_bytes([a, b, c, d, e, 0, 0, 0])),
    }
}
