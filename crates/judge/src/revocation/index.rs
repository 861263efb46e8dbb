//! The serial numbers of one list, found in one or two steps through memory.
//!
//! A table of buckets, each a run of records in one block of memory: a lookup hashes the serial
//! number, reads where its bucket begins, and compares the two or three records in it octet for
//! octet. The hash only chooses the bucket, so it costs time at worst and never an answer. Its seed
//! comes from the list itself: whoever has certificates issued under serial numbers of their choice
//! cannot know it before the list is signed, and cannot fill one bucket.
//!
//! Invariant: every serial number of the list is in its bucket exactly once, and nothing else is.

use std::ops::Range;

use trustpack_x509::crl::reason::RevocationReason;
use trustpack_x509::crl::{MAX_OCTETS, RevocationList};
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use super::fault::ListFault;

mod filling;
mod record;

/// The serial numbers of a list with what the list says about each.
#[derive(Clone, Debug)]
pub struct RevocationIndex {
    seed: Seed,
    /// Where each bucket begins in `records`, and where the last one ends; one more than a power of
    /// two.
    starts: Box<[u32]>,
    records: Box<[u8]>,
    count: usize,
}

/// What a list says about one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Why it was revoked, if that is said.
    pub reason: Option<RevocationReason>,
    /// When it was revoked.
    pub revoked: Timestamp,
}

/// Makes the places of serial numbers unforeseeable: any 16 octets that depend on the whole list.
pub type Seed = [u8; 16];

// Places in `records`, which are never longer than the entries they come from, are numbers of 32 bits.
const _: () = assert!(MAX_OCTETS < 0xffff_ffff);

impl RevocationIndex {
    /// Takes in the entries of a list.
    ///
    /// # Errors
    ///
    /// [`ListFault`] if an entry cannot be read, or says something that is not understood and must
    /// be: the whole list is of no use then (RFC 5280 section 5.3).
    pub fn new(list: &RevocationList, seed: Seed) -> Result<Self, ListFault> {
        filling::fill(list, seed)
    }

    /// What the list says about the certificate with this serial number, if it is on the list.
    #[must_use]
    pub fn find(&self, serial: &Serial) -> Option<Listed> {
        let serial = significant(serial.der_contents());
        let bucket = self.records.get(self.bucket_of(serial))?;
        record::find(bucket, serial)
    }

    /// How many certificates are on the list.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether no certificate is on the list.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Octets of memory that the index takes.
    #[must_use]
    pub fn octets_kept(&self) -> usize {
        self.records.len() + self.starts.len() * size_of::<u32>()
    }

    /// The place of the bucket to which a serial number belongs.
    fn bucket_of(&self, serial: &[u8]) -> Range<usize> {
        let bucket = self.bucket_number(serial);
        let place = |number: usize| {
            let start = self.starts.get(number).copied().unwrap_or_default();
            usize::try_from(start).unwrap_or(usize::MAX)
        };
        place(bucket)..place(bucket + 1)
    }

    fn bucket_number(&self, serial: &[u8]) -> usize {
        bucket_number(self.seed, serial, self.starts.len().saturating_sub(1))
    }
}

/// To which of `buckets`, a power of two, a serial number belongs.
fn bucket_number(seed: Seed, serial: &[u8], buckets: usize) -> usize {
    let low = hash(seed, serial) & u64::from(u32::MAX);
    usize::try_from(low).unwrap_or_default() & buckets.saturating_sub(1)
}

/// The octets of a number without those that only repeat its sign.
///
/// DER has none of them, but some authorities write numbers of a fixed length; the certificate and
/// the list mean the same number, however each writes it.
fn significant(mut contents: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = contents
        && let [second, ..] = rest
        && ((*first == 0x00 && second & 0x80 == 0) || (*first == 0xff && second & 0x80 != 0))
    {
        contents = rest;
    }
    contents
}

/// Where a serial number belongs: every bit of it and of the seed counts in every bit of the hash.
///
/// Each word of the number is multiplied into the state, and both halves of the product are kept (the
/// way of the wyhash family).
fn hash(seed: Seed, serial: &[u8]) -> u64 {
    /// Source: the first 64 bits of the fraction of the golden ratio, odd.
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let [first, second] = words_of(seed);
    let length = u64::try_from(serial.len()).unwrap_or_default();
    let mut state = first ^ length.wrapping_mul(ODD);
    let (words, rest) = serial.as_chunks::<8>();
    for word in words {
        state = folded(state ^ u64::from_le_bytes(*word), second | 1);
    }
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    folded(folded(state ^ u64::from_le_bytes(last), second | 1), ODD)
}

fn words_of(seed: Seed) -> [u64; 2] {
    let (words, _) = seed.as_chunks::<8>();
    match words {
        [first, second] => [u64::from_le_bytes(*first), u64::from_le_bytes(*second)],
        _never => [0; 2],
    }
}

/// Both halves of a product.
fn folded(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    let half = |shift: u32| u64::try_from((product >> shift) & u128::from(u64::MAX));
    half(0).unwrap_or_default() ^ half(64).unwrap_or_default()
}

#[cfg(test)]
mod tests;
