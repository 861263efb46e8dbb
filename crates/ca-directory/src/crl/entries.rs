//! Which certificates of the ledger are on a list, and as what.
//!
//! Invariant: a line that cannot be read makes no list, since it may be a revocation.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use trustpack_x509::crl::build::NewEntry;
use trustpack_x509::crl::reason::RevocationReason;
use trustpack_x509::time::Timestamp;

use super::CrlError;
use crate::ledger::LedgerError;
use crate::ledger::cause::Cause;
use crate::ledger::fields::{Line, LineState};
use crate::ledger::scan::{Block, Place, scan};
use crate::ledger_line::{InvalidLine, State};

/// States that lines get by the change under way, by where the lines start.
pub(crate) type Overrides = BTreeMap<u64, State>;

/// What of the ledger goes on a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selection<'a> {
    pub(super) ledger: &'a Path,
    pub(super) overrides: &'a Overrides,
    /// When the list before this one was made.
    pub(super) previous: Option<Timestamp>,
}

/// Blocks of entries that may wait for their writer.
const AHEAD: usize = 4;

impl Selection<'_> {
    /// Gives the entries, in the order of the ledger, to `write`, and its result back.
    pub(super) fn entries<Written>(
        &self,
        write: impl FnOnce(&mut dyn Iterator<Item = NewEntry>) -> Written,
    ) -> Result<Written, CrlError> {
        thread::scope(|scope| {
            let (sender, receiver) = sync_channel::<Vec<NewEntry>>(AHEAD);
            let reader = scope.spawn(move || {
                self.for_each_block(|entries| {
                    // A writer that has given up says why itself.
                    sender.send(entries).map_err(|_| CrlError::Stopped)
                })
            });
            let written = write(&mut receiver.into_iter().flatten());
            match reader.join() {
                Ok(Ok(()) | Err(CrlError::Stopped)) => Ok(written),
                Ok(Err(error)) => Err(error),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    fn for_each_block(
        &self,
        mut each: impl FnMut(Vec<NewEntry>) -> Result<(), CrlError>,
    ) -> Result<(), CrlError> {
        let gather =
            |found: &mut Gathered, place: Place, line: Result<Line<'_>, InvalidLine>| match line {
                Ok(line) => {
                    found.entries.extend(self.entry(place.offset, &line));
                }
                Err(wrong) => {
                    found.wrong.get_or_insert((place.line_in_block, wrong));
                }
            };
        scan(self.ledger, gather, |block: Block<Gathered>| {
            if let Some((line, source)) = block.gathered.wrong {
                let line = block.lines_before + line + 1;
                return Err(wrong_line(self.ledger, line, source).into());
            }
            each(block.gathered.entries)
        })
    }

    fn entry(&self, offset: u64, line: &Line<'_>) -> Option<NewEntry> {
        let (revoked, cause) = match self.overrides.get(&offset) {
            Some(State::Revoked(revocation)) => (revocation.at, revocation.cause()),
            Some(State::Valid | State::Expired) => return None,
            None => revocation_of(line)?,
        };
        let over = self
            .previous
            .is_some_and(|previous| is_over(line.expiry, revoked, previous));
        (!over).then(|| NewEntry {
            serial: line.serial(),
            revoked,
            reason: cause.reason,
            invalid_since: cause.invalid_since,
        })
    }
}

#[derive(Default)]
struct Gathered {
    entries: Vec<NewEntry>,
    wrong: Option<(usize, InvalidLine)>,
}

/// When and why the certificate of a line was revoked; none if it was not.
pub(super) fn revocation_of(line: &Line<'_>) -> Option<(Timestamp, Cause)> {
    let LineState::Revoked(revocation) = line.state else {
        return None;
    };
    let mut cause = revocation.cause;
    // A full list has no such reason (RFC 5280 section 5.3.1). The ledger says revoked, and that counts.
    if cause.reason == RevocationReason::RemoveFromCrl {
        cause = Cause::new(RevocationReason::Unspecified);
    }
    Some((revocation.at, cause))
}

/// Whether an entry has been on a list that was made after the certificate had ended, so that it may
/// go: RFC 5280 section 3.3.
pub(super) fn is_over(expiry: Timestamp, revoked: Timestamp, previous: Timestamp) -> bool {
    expiry < previous && revoked < previous
}

pub(super) fn wrong_line(ledger: &Path, line: usize, source: InvalidLine) -> LedgerError {
    LedgerError::Line {
        path: ledger.display().to_string(),
        line,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEDGER: &str = "\
V\t270301085240Z\t\t01\tunknown\t/CN=a
R\t270301085240Z\t261121085241Z,keyTime,20260101000000Z\t02\tunknown\t/CN=b
R\t251201000000Z\t251101000000Z\t03\tunknown\t/CN=c
R\t270301085240Z\t261121085241Z,removeFromCRL\tFF\tunknown\t/CN=d
# a comment
E\t251201000000Z\t\t05\tunknown\t/CN=e
R\t251201000000Z\t251202000000Z,superseded\t06\tunknown\t/CN=f
";

    #[track_caller]
    fn check(
        text: &str,
        previous: Option<&str>,
        overrides: &Overrides,
        want: Result<&[&str], usize>,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.db");
        std::fs::write(&path, text).unwrap();
        let selection = Selection {
            ledger: &path,
            overrides,
            previous: previous.map(|previous| previous.parse().unwrap()),
        };
        let shown = |entry: NewEntry| format!("{} {}", entry.serial, entry.reason);
        match (
            selection.entries(|entries| entries.map(shown).collect::<Vec<_>>()),
            want,
        ) {
            (Ok(got), Ok(want)) => assert_eq!(got, want),
            (Err(CrlError::Ledger(LedgerError::Line { line, .. })), Err(want)) => {
                assert_eq!(line, want);
            }
            other => panic!("{other:?}"),
        }
    }

    const WHOLE: [&str; 4] = [
        "02 keyCompromise",
        "03 unspecified",
        "FF unspecified",
        "06 superseded",
    ];

    #[test]
    fn an_entry_goes_after_a_list_that_came_after_its_end() {
        let none = Overrides::new();
        check(LEDGER, None, &none, Ok(&WHOLE));
        check(LEDGER, Some("2025-12-01T00:00:00Z"), &none, Ok(&WHOLE));
        let later = ["02 keyCompromise", "FF unspecified", "06 superseded"];
        check(LEDGER, Some("2025-12-01T00:00:01Z"), &none, Ok(&later));
        check(LEDGER, Some("2025-12-02T00:00:00Z"), &none, Ok(&later));
        check(LEDGER, Some("2025-12-02T00:00:01Z"), &none, Ok(&later[..2]));
    }

    #[test]
    fn what_the_change_says_counts() {
        let second = u64::try_from(LEDGER.find("R\t").unwrap()).unwrap();
        let state = State::Revoked(crate::ledger_line::Revocation::new(
            "2026-11-22".parse().unwrap(),
            &Cause::new(RevocationReason::Unspecified),
        ));
        let overrides = Overrides::from([(0, state), (second, State::Valid)]);
        let want = [
            "01 unspecified",
            "03 unspecified",
            "FF unspecified",
            "06 superseded",
        ];
        check(LEDGER, None, &overrides, Ok(&want));
    }

    #[test]
    fn a_wrong_line_makes_no_list() {
        let text = format!("{LEDGER}R\t27\n");
        check(&text, None, &Overrides::new(), Err(8));
    }
}
