//! Puts the entries of a list into their buckets, without jumping about in memory.
//!
//! Records that were written one by one into the bucket each belongs to would each touch memory that
//! is in no cache. So neighbouring buckets make a section that fits into one: first every record goes
//! to the end of its section, in the order of the list, then each section is put in order by itself.
//!
//! Invariant: sections lie one behind the other in the order of their buckets, so that where a section
//! ends the next bucket begins.

use trustpack_x509::crl::RevocationList;
use trustpack_x509::crl::entry::{InvalidEntry, RevokedEntry};

use super::record::{self, Record};
use super::{Listed, RevocationIndex, Seed, bucket_number, significant};
use crate::revocation::fault::ListFault;

/// Octets of entries for one bucket: two or three entries of the usual 37 to 50.
const ENTRY_OCTETS_PER_BUCKET: usize = 100;

/// Buckets of one section: with the usual entries some 100 KB, less than the cache of any core in use.
const BUCKETS_PER_SECTION: usize = 2048;

/// Makes the index of a list.
pub(super) fn fill(list: &RevocationList, seed: Seed) -> Result<RevocationIndex, ListFault> {
    let octets = list.entries().octets_left();
    let buckets = (octets / ENTRY_OCTETS_PER_BUCKET + 1).next_power_of_two();
    let sections = buckets.div_ceil(BUCKETS_PER_SECTION);
    let section_of = |serial: &[u8]| bucket_number(seed, serial, buckets) / BUCKETS_PER_SECTION;

    let mut ends = section_starts(list, sections, section_of)?;
    let octets = ends.last().copied().unwrap_or_default();
    let mut records = vec![0; octets].into_boxed_slice();
    for entry in list.entries() {
        let entry = understood(entry)?;
        let serial = significant(entry.serial_contents);
        let listed = Listed {
            reason: entry.reason,
            revoked: entry.revoked,
        };
        if let Some(end) = ends.get_mut(section_of(serial)) {
            *end = record::write(&mut records, *end, serial, listed);
        }
    }

    let mut index = RevocationIndex {
        seed,
        starts: vec![0; buckets + 1].into(),
        records,
        count: 0,
    };
    let mut scratch = Scratch::default();
    let mut start = 0;
    for (section, &end) in ends.iter().take(sections).enumerate() {
        index.sort_section(section, start..end, &mut scratch);
        start = end;
    }
    if let Some(last) = index.starts.last_mut() {
        *last = narrow(octets);
    }
    Ok(index)
}

/// Where each section begins, and where the last one ends.
fn section_starts(
    list: &RevocationList,
    sections: usize,
    section_of: impl Fn(&[u8]) -> usize,
) -> Result<Vec<usize>, ListFault> {
    let mut starts = vec![0; sections + 1];
    for entry in list.entries() {
        let serial = significant(understood(entry)?.serial_contents);
        if let Some(room) = starts.get_mut(section_of(serial)) {
            *room += record::octets(serial);
        }
    }
    sum_up(&mut starts, 0);
    Ok(starts)
}

/// Turns sizes into places, one behind the other.
fn sum_up(sizes: &mut [usize], from: usize) {
    let mut place = from;
    for size in sizes {
        place += std::mem::replace(size, place);
    }
}

/// What is needed while one section is put in order.
#[derive(Default)]
struct Scratch {
    records: Vec<u8>,
    starts: Vec<usize>,
}

impl RevocationIndex {
    /// Puts the records of a section, which stand in `range` in the order of the list, into their
    /// buckets. Room that a repeated serial number leaves stays empty.
    fn sort_section(
        &mut self,
        section: usize,
        range: std::ops::Range<usize>,
        scratch: &mut Scratch,
    ) {
        let buckets = self.starts.len().saturating_sub(1);
        let first = section * BUCKETS_PER_SECTION;
        let Some(records) = self.records.get_mut(range.clone()) else {
            return;
        };
        scratch.records.clear();
        scratch.records.extend_from_slice(records);
        records.fill(0);
        scratch.starts.clear();
        scratch
            .starts
            .resize(BUCKETS_PER_SECTION.min(buckets) + 1, 0);
        let seed = self.seed;
        let bucket_of = |record: &Record<'_>| bucket_number(seed, record.serial, buckets) - first;

        for record in all(&scratch.records) {
            if let Some(room) = scratch.starts.get_mut(bucket_of(&record)) {
                *room += record::octets(record.serial);
            }
        }
        sum_up(&mut scratch.starts, 0);
        for record in all(&scratch.records) {
            let bucket = bucket_of(&record);
            let place = scratch
                .starts
                .get(bucket)
                .zip(scratch.starts.get(bucket + 1));
            let place = place.and_then(|(&start, &end)| records.get_mut(start..end));
            let new = place.is_some_and(|place| record::put(place, record.serial, record.listed()));
            self.count += usize::from(new);
        }
        let all_starts = self.starts.iter_mut().skip(first);
        for (to, from) in all_starts.zip(&scratch.starts) {
            *to = narrow(range.start + from);
        }
    }
}

/// The records that stand one behind the other.
fn all(records: &[u8]) -> impl Iterator<Item = Record<'_>> {
    let next = |at| record::read(records, at);
    std::iter::successors(next(0), move |record| next(record.end))
}

/// A place among the records, which are shorter than the longest list.
fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// An entry of which everything that counts is understood.
#[inline]
fn understood(
    entry: Result<RevokedEntry<'_>, InvalidEntry>,
) -> Result<RevokedEntry<'_>, ListFault> {
    let entry = entry.map_err(ListFault::Entry)?;
    if entry.names_issuer {
        return Err(ListFault::Indirect);
    }
    if let Some(extension) = entry.unknown_critical {
        return Err(ListFault::UnknownCriticalInEntry {
            serial: entry.serial(),
            extension: extension.to_string(),
        });
    }
    Ok(entry)
}
