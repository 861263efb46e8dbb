//! One pass over the ledger: what is wrong with its lines and the copies that they name, and what the other
//! checks need to know of it.
//!
//! Invariant: of a line no more is kept than its serial, and of the wrong ones no more than is shown.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use trustpack_x509::time::Timestamp;

use super::CaFinding;
use super::found::Found;
use super::serials::{Entry, Serials};
use crate::directory::CaDirectory;
use crate::durable::{self, FileError};
use crate::findings::{copy_differs, copy_missing, ledger_unreadable};
use crate::layout::Layout;
use crate::ledger::fields::{Line, LineState};
use crate::ledger::scan::{Block, Place, scan};
use crate::ledger_line::InvalidLine;
use crate::openssl_conf::OpensslConf;
use crate::own_keys::OwnKeys;

/// What one pass over the ledger tells.
#[derive(Debug, Default)]
pub(crate) struct LedgerLook {
    /// Those of all lines that can be read.
    pub(crate) serials: Serials,
    /// Whether some line, or the file, cannot be read: then a serial that is not there may stand in it.
    pub(crate) is_damaged: bool,
    /// Whether its last line can be read and has no line break.
    pub(crate) lacks_last_break: bool,
    /// Lines of certificates that have ended and are marked as valid.
    pub(crate) ended_as_valid: usize,
    /// Whether OpenSSL wants each subject once, and a subject has two valid lines.
    pub(crate) subject_twice: bool,
}

/// Whether the copies of certificates are looked into.
#[derive(Clone, Copy)]
enum Copies {
    Read,
    Left,
}

/// What was gathered from one block of lines.
#[derive(Debug, Default)]
struct BlockLook {
    entries: Vec<Entry>,
    /// With the number of the line in its block.
    damaged: Vec<(usize, InvalidLine)>,
    copies: Vec<CaFinding>,
    ended_as_valid: usize,
    /// Of the subjects of valid lines.
    hashes: Vec<u64>,
}

impl LedgerLook {
    /// Reads the ledger and every copy that it names.
    pub(crate) fn take(directory: &CaDirectory, now: Timestamp, found: &mut Found) -> Self {
        Self::read(directory, Copies::Read, now, found)
    }

    /// Reads the ledger alone.
    pub(crate) fn of_lines(directory: &CaDirectory, now: Timestamp, found: &mut Found) -> Self {
        Self::read(directory, Copies::Left, now, found)
    }

    fn read(directory: &CaDirectory, copies: Copies, now: Timestamp, found: &mut Found) -> Self {
        let layout = directory.layout();
        let each_subject_once = wants_each_subject_once(layout);
        // Where a replaced key cannot be read, which is said elsewhere, nobody knows what it signed.
        let keys = OwnKeys::of(directory).ok();
        let each = |look: &mut BlockLook, place: Place, line: Result<Line<'_>, InvalidLine>| {
            let line = match line {
                Ok(line) => line,
                Err(invalid) => return look.damaged.push((place.line_in_block, invalid)),
            };
            let serial = line.serial();
            let revoked = line.state.is_revoked();
            look.entries.push(Entry::new(&serial, revoked));
            if line.state == LineState::Valid {
                look.ended_as_valid += usize::from(line.expiry < now);
                look.hashes
                    .extend(each_subject_once.then(|| hash(line.subject)));
            }
            match copies {
                Copies::Left => {}
                Copies::Read => {
                    look.copies.extend(copy_missing::of_line(layout, &line));
                    look.copies
                        .extend(copy_differs::of_line(directory, keys.as_ref(), &line));
                }
            }
        };
        let mut entries = Vec::new();
        let mut hashes = Vec::new();
        let mut look = Self::default();
        let scanned = scan(&layout.ledger, each, |block: Block<BlockLook>| {
            let BlockLook {
                damaged, copies, ..
            } = block.gathered;
            for (line, invalid) in damaged {
                let number = block.lines_before + line + 1;
                found.add(ledger_unreadable::line(layout, number, &invalid));
                look.is_damaged = true;
            }
            found.add_all(copies);
            look.ended_as_valid += block.gathered.ended_as_valid;
            entries.extend(block.gathered.entries);
            hashes.extend(block.gathered.hashes);
            Ok::<(), FileError>(())
        });
        if let Err(error) = scanned {
            found.add(ledger_unreadable::file(layout, &error));
            look.is_damaged = true;
        }
        look.serials = Serials::new(entries);
        hashes.sort_unstable();
        look.subject_twice = hashes.windows(2).any(|pair| pair.first() == pair.last());
        look.lacks_last_break =
            !look.is_damaged && !ends_with_break(&layout.ledger).unwrap_or(true);
        look
    }
}

/// Whether OpenSSL takes no ledger with two valid certificates of one subject: as the file beside the ledger
/// says, else the configuration, else yes.
///
/// Source: ca(1) of OpenSSL, `unique_subject`; `load_index` of its source.
pub(crate) fn wants_each_subject_once(layout: &Layout) -> bool {
    let read = |path: &Path| {
        let text = durable::read_if_there(path).ok().flatten()?;
        Some(OpensslConf::read(&String::from_utf8_lossy(&text)))
    };
    let Some(conf) = read(&layout.config) else {
        // Without a configuration nobody runs OpenSSL here.
        return false;
    };
    let attributes = read(&layout.ledger_attributes());
    let said = attributes
        .as_ref()
        .and_then(|attributes| attributes.get("default", "unique_subject"))
        .or_else(|| {
            conf.get(
                conf.get("ca", "default_ca").unwrap_or("ca"),
                "unique_subject",
            )
        });
    // As OpenSSL reads a truth value: the first letter decides.
    let no = |value: &str| value.starts_with(['f', 'F', 'n', 'N', '0']);
    !said.is_some_and(no)
}

fn hash(subject: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    subject.hash(&mut hasher);
    hasher.finish()
}

/// Whether the last line of a file has its line break; an empty file lacks none.
pub(crate) fn ends_with_break(path: &Path) -> io::Result<bool> {
    let mut file = durable::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}
