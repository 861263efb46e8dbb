//! Whether a new list is due: for a timer that asks every hour or every day.
//!
//! A list is renewed from half of its life, so that a failure is noticed while the old one is still
//! good; and at once when the ledger says something else than it.

use std::fmt;
use std::path::Path;

use trustpack_x509::crl::RevocationList;
use trustpack_x509::crl::entry::InvalidEntry;
use trustpack_x509::crl::reason::RevocationReason;
use trustpack_x509::time::Timestamp;

use super::CrlError;
use super::entries::{Selection, is_over, revocation_of, wrong_line};
use super::present::Present;
use crate::durable::FileError;
use crate::ledger::fields::Line;
use crate::ledger::scan::{Block, Place, scan};
use crate::ledger_line::InvalidLine;

/// Why a new list is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// There was none, or none of this key that can be read.
    Missing,
    /// The one there is past half of its life.
    HalfOver {
        /// When that was.
        since: Timestamp,
    },
    /// The one there should have been replaced by now.
    Expired {
        /// When.
        since: Timestamp,
    },
    /// The ledger has a revocation that is not on it, or the other way round.
    LedgerChanged,
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there was none"),
            Self::HalfOver { since } => write!(f, "half of its time was over on {since}"),
            Self::Expired { since } => write!(f, "its time was over on {since}"),
            Self::LedgerChanged => f.write_str("the ledger has changed"),
        }
    }
}

/// From when on a new list is due, if the ledger stays as it is; none if the list has no end.
#[must_use]
pub fn half_of_life(list: &RevocationList) -> Option<Timestamp> {
    let life = list.next_update()?.since(list.this_update());
    Some(list.this_update().saturating_add(life / 2))
}

/// Why a new list is due, or the list that is good enough with the moment from which it is not.
pub(super) fn look(
    present: &Present,
    selection: &Selection<'_>,
    now: Timestamp,
) -> Result<Result<Due, (RevocationList, Timestamp)>, CrlError> {
    let Present::Ours(list) = present else {
        return Ok(Ok(Due::Missing));
    };
    let (Some(half), Some(end)) = (half_of_life(list), list.next_update()) else {
        return Ok(Ok(Due::Missing));
    };
    if now > end {
        return Ok(Ok(Due::Expired { since: end }));
    }
    if now >= half {
        return Ok(Ok(Due::HalfOver { since: half }));
    }
    if differs(list, selection)? {
        return Ok(Ok(Due::LedgerChanged));
    }
    Ok(Err((list.clone(), half)))
}

/// Whether the ledger would give other entries than the list has, those aside that have had their
/// time.
fn differs(list: &RevocationList, selection: &Selection<'_>) -> Result<bool, CrlError> {
    let Ok(listed) = Listed::of(list) else {
        return Ok(true);
    };
    type Answers = Vec<(usize, Answer)>;
    let each = |found: &mut Answers, place: Place, line: Result<Line<'_>, InvalidLine>| {
        let answer = match line {
            Err(wrong) => Answer::Wrong(wrong),
            Ok(line) if listed.agrees_with(&line) => return,
            Ok(_) => Answer::Differs,
        };
        found.push((place.line_in_block, answer));
    };
    let stopped = scan(selection.ledger, each, |block: Block<Answers>| match block
        .gathered
        .into_iter()
        .next()
    {
        None => Ok(()),
        Some((_, Answer::Differs)) => Err(Stopped::Differs),
        Some((line, Answer::Wrong(source))) => {
            let line = block.lines_before + line + 1;
            let error = wrong_line(selection.ledger, line, source);
            Err(Stopped::Failed(error.into()))
        }
    });
    match stopped {
        Ok(()) => Ok(false),
        Err(Stopped::Differs) => Ok(true),
        Err(Stopped::Failed(error)) => Err(error),
    }
}

/// How many revocations of the ledger are not on the list, those aside that have had their time. Lines
/// that cannot be read, which make no list, are passed over.
pub(crate) fn lacking(list: &RevocationList, ledger: &Path) -> Result<usize, FileError> {
    let listed = Listed::of(list).unwrap_or_else(|_| Listed {
        made: list.this_update(),
        entries: Vec::new(),
    });
    let each = |count: &mut usize, _: Place, line: Result<Line<'_>, InvalidLine>| {
        let lacks = line.is_ok_and(|line| listed.lacks(&line));
        *count += usize::from(lacks);
    };
    let mut all = 0;
    scan(ledger, each, |block: Block<usize>| {
        all += block.gathered;
        Ok::<(), FileError>(())
    })?;
    Ok(all)
}

/// The entries of a list, sorted by their serials, which are not copied.
struct Listed<'a> {
    made: Timestamp,
    entries: Vec<(&'a [u8], RevocationReason)>,
}

impl<'a> Listed<'a> {
    fn of(list: &'a RevocationList) -> Result<Self, InvalidEntry> {
        let entries = list.entries().map(|entry| {
            let entry = entry?;
            let reason = entry.reason.unwrap_or(RevocationReason::Unspecified);
            Ok((entry.serial_contents, reason))
        });
        let mut entries = entries.collect::<Result<Vec<_>, InvalidEntry>>()?;
        entries.sort_unstable();
        Ok(Self {
            made: list.this_update(),
            entries,
        })
    }

    fn reason_of(&self, line: &Line<'_>) -> Option<RevocationReason> {
        let serial = line.serial();
        let serial = serial.der_contents();
        let found = self
            .entries
            .binary_search_by(|&(contents, _)| contents.cmp(serial));
        self.entries.get(found.ok()?).map(|&(_, reason)| reason)
    }

    fn lacks(&self, line: &Line<'_>) -> bool {
        revocation_of(line).is_some_and(|(revoked, _)| {
            self.reason_of(line).is_none() && !is_over(line.expiry, revoked, self.made)
        })
    }

    fn agrees_with(&self, line: &Line<'_>) -> bool {
        match (revocation_of(line), self.reason_of(line)) {
            (None, None) => true,
            (None, Some(_)) => false,
            (Some((_, cause)), Some(reason)) if cause.reason == reason => true,
            (Some((revoked, _)), _) => is_over(line.expiry, revoked, self.made),
        }
    }
}

enum Answer {
    Differs,
    Wrong(InvalidLine),
}

/// Why the ledger was not read to its end.
enum Stopped {
    Differs,
    Failed(CrlError),
}

impl From<FileError> for Stopped {
    fn from(error: FileError) -> Self {
        Self::Failed(error.into())
    }
}
