//! Lines of one certificate that stand in the ledger more than once.
//!
//! Invariant: of the lines of one serial that differ in nothing but the state one stays, a revoked one if there
//! is any; lines that differ in more are two certificates, and stay.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash as _, Hasher as _};
use std::path::Path;

use trustpack_x509::serial::Serial;

use crate::durable::FileError;
use crate::ledger::fields::Line;
use crate::ledger::scan::{Block, Place, scan};
use crate::ledger_line::InvalidLine;

/// One of several lines of a serial.
#[derive(Clone, Copy)]
struct Repeated {
    offset: u64,
    is_revoked: bool,
    /// Of all but the state.
    rest: u64,
}

/// Where the lines start that may go. `repeated` are the serials that stand there more than once.
pub(super) fn spare_lines(
    ledger: &Path,
    repeated: &BTreeSet<Serial>,
) -> Result<BTreeSet<u64>, FileError> {
    type Found = Vec<(Serial, Repeated)>;
    let mut all: BTreeMap<Serial, Vec<Repeated>> = BTreeMap::new();
    if repeated.is_empty() {
        return Ok(BTreeSet::new());
    }
    let each = |found: &mut Found, place: Place, line: Result<Line<'_>, InvalidLine>| {
        let Ok(line) = line else {
            return;
        };
        let serial = line.serial();
        if repeated.contains(&serial) {
            let mut hasher = DefaultHasher::new();
            (line.expiry, line.file, line.subject).hash(&mut hasher);
            let line = Repeated {
                offset: place.offset,
                is_revoked: line.state.is_revoked(),
                rest: hasher.finish(),
            };
            found.push((serial, line));
        }
    };
    scan(ledger, each, |block: Block<Found>| {
        for (serial, line) in block.gathered {
            all.entry(serial).or_default().push(line);
        }
        Ok::<(), FileError>(())
    })?;
    Ok(all.into_values().flat_map(spare).collect())
}

/// Those of the lines of one serial that may go.
fn spare(lines: Vec<Repeated>) -> Vec<u64> {
    let Some(first) = lines.first() else {
        return Vec::new();
    };
    if lines.iter().any(|line| line.rest != first.rest) {
        return Vec::new();
    }
    let revoked = lines.iter().find(|line| line.is_revoked);
    let stays = revoked.unwrap_or(first).offset;
    let offsets = lines.iter().map(|line| line.offset);
    offsets.filter(|&offset| offset != stays).collect()
}
