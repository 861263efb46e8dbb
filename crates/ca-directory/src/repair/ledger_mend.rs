//! Mending the ledger: lines that are damaged, lost, there twice, or behind what a list says.
//!
//! The ledger is read once to see whether anything is to be done, and written anew only then. Invariant: what
//! stays is taken over octet for octet, and memory is that of a few blocks, however much is wrong.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;

use trustpack_x509::serial::Serial;

use super::issued::{FilesOf, SignedBy};
use super::kept::KeptFile;
use super::ledger_lines::{Decider, NewLine, listed, state_word};
use super::spare_lines::spare_lines;
use super::{Repair, RepairError, is_replaceable};
use crate::change_target::Target;
use crate::check::CaFinding;
use crate::check::found::Found;
use crate::check::ledger_look::{LedgerLook, ends_with_break};
use crate::durable::{Doing, FileError};
use crate::findings::{last_break_missing, not_in_ledger};
use crate::ledger::fields::Line;
use crate::ledger::rewrite::{Replacement, Rewriting};
use crate::ledger::scan::{Block, MAX_LINE_BYTES, Place, scan};
use crate::ledger_line::{InvalidLine, State};

pub(super) fn mend(repair: &mut Repair<'_>) -> Result<(), RepairError> {
    let layout = repair.layout();
    // One that is missing is not made up: what it said of revocations would be lost.
    if !layout.ledger.is_file() || !is_replaceable(&layout.ledger) {
        return Ok(());
    }
    let look = LedgerLook::of_lines(repair.directory, repair.now, &mut Found::default());
    let repeated: BTreeSet<Serial> = look.serials.repeated().map(|(serial, _)| serial).collect();
    let decider = Decider {
        layout,
        keys: &repair.keys,
        now: repair.now,
        listed: listed(repair.directory, &look.serials),
        spare: spare_lines(&layout.ledger, &repeated)?,
        unknown: FilesOf::those(layout, |serial| !look.serials.contains(serial)),
    };
    let mut done = Found::default();
    let rebuilt_as_valid = walk(&decider, &mut done, None)?;
    if !done.is_empty() && !repair.is_rehearsal() {
        let mut change = repair.begin()?;
        let kept = Target::Mended(repair.folder.clone(), KeptFile::Ledger);
        change.stage_with(kept, |out| {
            io::copy(&mut File::open(&layout.ledger)?, out).map(drop)
        })?;
        change.stage_with(Target::Ledger, |out| {
            walk(&decider, &mut Found::default(), Some(out))
                .map(drop)
                .map_err(io::Error::other)
        })?;
        change.commit()?;
        repair.has_kept = true;
    }
    repair.rebuilt_as_valid = rebuilt_as_valid;
    repair.done.add_found(done);
    Ok(())
}

/// A line that needs a look.
enum Looked {
    New(NewLine),
    /// Its octets.
    Damaged(Vec<u8>),
}

type Lines = Vec<(Place, Looked)>;

/// Where lines of some kind end: the last of each.
#[derive(Clone, Copy, Default)]
struct Ends {
    gone: u64,
    damaged: u64,
}

/// Goes through the ledger, notes what is done, and writes it into `out`. Says how many lines were lost and
/// come back as valid.
fn walk(
    decider: &Decider<'_>,
    done: &mut Found,
    mut out: Option<&mut File>,
) -> Result<usize, FileError> {
    let path = &decider.layout.ledger;
    let error = |source| FileError::new(Doing::Write, path, source);
    let ledger = File::open(path).map_err(error)?;
    let length = ledger.metadata().map_err(error)?.len();
    let mut rewriting = match &mut out {
        Some(out) => Some(Rewriting::begin(path, out).map_err(error)?),
        None => None,
    };
    let each = |lines: &mut Lines, place: Place, line: Result<Line<'_>, InvalidLine>| {
        let looked = match line {
            Ok(line) => decider.sound(place.offset, &line).map(Looked::New),
            Err(_) => Some(Looked::Damaged(octets_of(&ledger, place))),
        };
        lines.extend(looked.map(|looked| (place, looked)));
    };
    let mut used = BTreeSet::new();
    let mut ends = Ends::default();
    scan(path, each, |block: Block<Lines>| {
        for (place, looked) in block.gathered {
            let end = place.offset + u64::try_from(place.length).unwrap_or_default();
            let number = block.lines_before + place.line_in_block + 1;
            let new = match looked {
                Looked::New(new) => Some(new),
                Looked::Damaged(raw) => {
                    ends.damaged = end;
                    decider.damaged(number, &raw, &mut used)
                }
            };
            let Some(new) = new else {
                continue;
            };
            done.add(CaFinding::new(new.kind, path, new.message));
            if new.text.is_none() {
                ends.gone = end;
            }
            if let Some(rewriting) = &mut rewriting {
                let replacement = replacement(place, new.text);
                rewriting.replace(&replacement).map_err(error)?;
            }
        }
        Ok::<(), FileError>(())
    })?;
    if let Some(rewriting) = rewriting {
        rewriting.finish().map_err(error)?;
    }
    let mut rest = String::new();
    if ends.gone < length && !ends_with_break(path).map_err(error)? {
        rest.push('\n');
        if ends.damaged < length {
            let message = "its last line got a line break";
            done.add(CaFinding::new(&last_break_missing::KIND, path, message));
        }
    }
    let rebuilt_as_valid = add_lost_lines(decider, &used, &mut rest, done);
    if let Some(out) = out {
        out.write_all(rest.as_bytes()).map_err(error)?;
    }
    Ok(rebuilt_as_valid)
}

fn replacement(place: Place, text: Option<Vec<u8>>) -> Replacement {
    Replacement {
        offset: place.offset,
        // One that goes takes its line break with it.
        length: place.length + usize::from(text.is_none()),
        text: text.unwrap_or_default(),
    }
}

/// The lines of certificates that the ledger does not have, at its end: there they belong to the present key,
/// so those of a key that was replaced are left. Says how many come back as valid.
fn add_lost_lines(
    decider: &Decider<'_>,
    used: &BTreeSet<Serial>,
    rest: &mut String,
    done: &mut Found,
) -> usize {
    let mut valid = 0;
    let lost = decider.unknown.serials();
    for serial in lost.filter(|serial| !used.contains(serial)) {
        let Some(found) = decider.certificate(serial) else {
            continue;
        };
        match found.signed_by {
            SignedBy::Replaced => {}
            SignedBy::Present => {
                let record = decider.record(&found, State::Valid);
                rest.push_str(&record.to_line());
                valid += usize::from(record.state == State::Valid);
                let state = state_word(&record.state);
                let message = format!("it has its line in the ledger again, {state}");
                done.add(CaFinding::new(&not_in_ledger::KIND, &found.path, message));
            }
        }
    }
    valid
}

/// A damaged line; of one that is too long, its beginning.
fn octets_of(ledger: &File, place: Place) -> Vec<u8> {
    let mut raw = vec![0; place.length.min(MAX_LINE_BYTES)];
    // What cannot be read twice is taken for zeros, which are nothing.
    drop(ledger.read_exact_at(&mut raw, place.offset));
    raw
}
