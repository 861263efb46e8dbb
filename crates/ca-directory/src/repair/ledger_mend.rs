//! Mending the ledger: lines that are damaged, lost, there twice, or behind what a list says.
//!
//! The ledger is read once to see whether anything is to be done, and written anew only then. Invariant: what
//! stays is taken over octet for octet, and memory is that of a few blocks, however much is wrong.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::sync::OnceLock;

use trustpack_x509::serial::Serial;

use super::issued::FilesOf;
use super::kept::KeptFile;
use super::ledger_lines::{Decider, NewLine, in_doubt, listed, state_word};
use super::spare_lines::spare_lines;
use super::{Repair, RepairError};
use crate::change::FileMode;
use crate::change_target::Target;
use crate::check::found::Found;
use crate::check::ledger_look::{LedgerLook, ends_with_break};
use crate::check::{About, CaFinding};
use crate::durable::{self, Doing, FileError};
use crate::findings::{last_break_missing, ledger_unreadable, not_in_ledger};
use crate::ledger::fields::Line;
use crate::ledger::rewrite::{Replacement, Rewriting};
use crate::ledger::scan::{Block, MAX_LINE_BYTES, Place, scan};
use crate::ledger_line::{InvalidLine, State};
use crate::own_keys::SignedBy;

pub(super) fn mend(repair: &mut Repair<'_>) -> Result<(), RepairError> {
    let layout = repair.layout();
    let is_missing = match layout.ledger.symlink_metadata() {
        Ok(found) if found.is_file() => false,
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Ok(_) | Err(_) => return Ok(()),
    };
    let look = LedgerLook::of_lines(repair.directory, repair.now, &mut Found::default());
    let repeated: BTreeSet<Serial> = look.serials.repeated().map(|(serial, _)| serial).collect();
    let decider = Decider {
        layout,
        keys: &repair.keys,
        now: repair.now,
        listed: listed(repair.directory, &look.serials),
        spare: spare_lines(&layout.ledger, &repeated)?,
        unknown: FilesOf::those(layout, |serial| !look.serials.contains(serial))?,
        stays_lost: OnceLock::new(),
    };
    if is_missing {
        let mut done = Found::default();
        repair.rebuilt = make_anew(repair, &decider, &mut done)?;
        repair.done.add_found(done);
        return Ok(());
    }
    let mut done = Found::default();
    let rebuilt = walk(&decider, &mut done, None)?;
    if !done.is_empty() && !repair.is_rehearsal() {
        let mut change = repair.begin()?;
        let kept = Target::Mended(repair.folder.clone(), KeptFile::Ledger);
        change.stage_with(kept, |out| {
            io::copy(&mut durable::open(&layout.ledger)?, out).map(drop)
        })?;
        change.stage_with(Target::Ledger, |out| {
            walk(&decider, &mut Found::default(), Some(out))
                .map(drop)
                .map_err(io::Error::other)
        })?;
        change.commit()?;
        repair.has_kept = true;
    }
    repair.rebuilt = rebuilt;
    repair.done.add_found(done);
    Ok(())
}

/// A ledger that is not there has lost no more than one that is empty.
fn make_anew(
    repair: &Repair<'_>,
    decider: &Decider<'_>,
    done: &mut Found,
) -> Result<Rebuilt, RepairError> {
    let message = "made anew from the certificates that are here";
    let path = &decider.layout.ledger;
    done.add(CaFinding::new(&ledger_unreadable::KIND, path, message));
    let mut lines = String::new();
    let lost = decider.unknown.serials();
    let rebuilt = add_lost_lines(decider, lost, &mut lines, done);
    if !repair.is_rehearsal() {
        let mut change = repair.begin()?;
        change.stage(Target::Ledger, lines.as_bytes(), FileMode::Public)?;
        change.commit()?;
    }
    Ok(rebuilt)
}

/// A line that needs a look.
enum Looked {
    New(NewLine),
    /// Its octets.
    Damaged(Vec<u8>),
}

type Lines = Vec<(Place, Looked)>;

/// What was seen on the way.
#[derive(Default)]
struct Seen {
    /// Where the last line that goes ends.
    gone_end: u64,
    /// Where the last damaged line ends.
    damaged_end: u64,
    /// The serials of damaged lines that were made anew.
    used: BTreeSet<Serial>,
}

impl Seen {
    /// What becomes of a line that needs a look, and ends there.
    fn decide(
        &mut self,
        decider: &Decider<'_>,
        number: usize,
        end: u64,
        looked: Looked,
    ) -> Option<NewLine> {
        let new = match looked {
            Looked::New(new) => Some(new),
            Looked::Damaged(raw) => {
                self.damaged_end = end;
                decider.damaged(number, &raw, &mut self.used)
            }
        };
        if new.as_ref().is_some_and(|new| new.text.is_none()) {
            self.gone_end = end;
        }
        new
    }
}

/// Lines that were lost and made anew on hold, since no list says how they stand.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rebuilt {
    pub(crate) on_hold: usize,
}

/// Goes through the ledger, notes what is done, and writes it into `out`.
fn walk(
    decider: &Decider<'_>,
    done: &mut Found,
    mut out: Option<&mut File>,
) -> Result<Rebuilt, FileError> {
    let path = &decider.layout.ledger;
    let error = |source| FileError::new(Doing::Write, path, source);
    let ledger = durable::open(path).map_err(error)?;
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
    let mut seen = Seen::default();
    scan(path, each, |block: Block<Lines>| {
        for (place, looked) in block.gathered {
            let end = place.offset + u64::try_from(place.length).unwrap_or_default();
            let number = block.lines_before + place.line_in_block + 1;
            let Some(new) = seen.decide(decider, number, end, looked) else {
                continue;
            };
            done.add(CaFinding::new(new.kind, path, new.message).about(new.about));
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
    if seen.gone_end < length && !ends_with_break(path).map_err(error)? {
        rest.push('\n');
        if seen.damaged_end < length {
            let message = "a line break put after its last line";
            done.add(CaFinding::new(&last_break_missing::KIND, path, message));
        }
    }
    let lost = decider.unknown.serials();
    let lost = lost.filter(|serial| !seen.used.contains(serial));
    let rebuilt = add_lost_lines(decider, lost, &mut rest, done);
    if let Some(out) = out {
        out.write_all(rest.as_bytes()).map_err(error)?;
    }
    Ok(rebuilt)
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
/// so those of a key that was replaced are left. Where no list says how one stands it is on hold: the line that is
/// lost may have been that of a revocation, and who was revoked must not come back as valid.
fn add_lost_lines<'s>(
    decider: &Decider<'_>,
    lost: impl Iterator<Item = &'s Serial>,
    rest: &mut String,
    done: &mut Found,
) -> Rebuilt {
    let mut rebuilt = Rebuilt::default();
    for found in lost.filter_map(|serial| decider.certificate(serial)) {
        match found.signed_by {
            SignedBy::Replaced => {}
            SignedBy::Present => {
                let mut record = decider.record(&found, State::Valid);
                let mut why = "";
                if record.state == State::Valid {
                    record.state = in_doubt(decider.now);
                    why = ", since it may have been revoked";
                    rebuilt.on_hold += 1;
                }
                rest.push_str(&record.to_line());
                let state = state_word(&record.state);
                let message = format!("its line put back into the ledger, {state}{why}");
                let done_now = CaFinding::new(&not_in_ledger::KIND, &found.path, message);
                done.add(done_now.about(About::Serial(record.serial)));
            }
        }
    }
    rebuilt
}

/// A damaged line; of one that is too long, its beginning.
fn octets_of(ledger: &File, place: Place) -> Vec<u8> {
    let mut raw = vec![0; place.length.min(MAX_LINE_BYTES)];
    if raw.is_empty() {
        return raw;
    }
    // What cannot be read twice is taken for zeros, which are nothing.
    drop(ledger.read_exact_at(&mut raw, place.offset));
    raw
}
