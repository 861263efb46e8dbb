//! A ledger with some of its lines changed, written as a new file.
//!
//! All other lines are taken over octet for octet, with comments and what is wrong with them.
//! Invariant: the new file is as long as what was asked for, or writing it fails.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::durable;
use crate::ledger_line::State;

/// A line that gets another text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replacement {
    /// Where the line starts.
    pub(crate) offset: u64,
    /// Its octets, without a line break.
    pub(crate) length: usize,
    /// What takes their place.
    pub(crate) text: Vec<u8>,
}

/// Writes the ledger `path` into `out`, with these lines replaced, which are in its order.
///
/// On Linux the lines that stay do not pass through this program.
pub(crate) fn rewrite(path: &Path, replacements: &[Replacement], out: &mut File) -> io::Result<()> {
    let mut rewriting = Rewriting::begin(path, out)?;
    for replacement in replacements {
        rewriting.replace(replacement)?;
    }
    rewriting.finish()
}

/// A ledger that is being written anew, line by line.
#[derive(Debug)]
pub(crate) struct Rewriting<'o> {
    ledger: File,
    /// As it was when it was opened.
    length: u64,
    /// So much of it has been taken over or replaced.
    position: u64,
    /// What is still to be written.
    waiting: Vec<u8>,
    out: &'o mut File,
}

/// Up to so many octets at once pass through this program: a few lines are read and written faster than the
/// system is asked to copy them.
const SMALL_BYTES: u64 = 64 * 1024;
/// From so many octets on, what waits is written.
const WAITING_BYTES: usize = 1 << 20;

impl<'o> Rewriting<'o> {
    pub(crate) fn begin(path: &Path, out: &'o mut File) -> io::Result<Self> {
        let ledger = durable::open(path)?;
        let length = ledger.metadata()?.len();
        Ok(Self {
            ledger,
            length,
            position: 0,
            waiting: Vec::new(),
            out,
        })
    }

    /// Replaces a line that stands behind the last one that was replaced.
    pub(crate) fn replace(&mut self, replacement: &Replacement) -> io::Result<()> {
        self.copy_to(replacement.offset)?;
        self.waiting.extend_from_slice(&replacement.text);
        let taken = u64::try_from(replacement.length).map_err(io::Error::other)?;
        self.position = (replacement.offset + taken).min(self.length);
        Ok(())
    }

    /// Takes over the rest.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.copy_to(self.length)?;
        self.flush()
    }

    fn copy_to(&mut self, to: u64) -> io::Result<()> {
        let wanted = to.checked_sub(self.position).ok_or_else(changed)?;
        if wanted <= SMALL_BYTES {
            let before = self.waiting.len();
            let length = usize::try_from(wanted).map_err(io::Error::other)?;
            self.waiting.resize(before + length, 0);
            let room = self.waiting.get_mut(before..).unwrap_or_default();
            self.ledger
                .read_exact_at(room, self.position)
                .map_err(|_| changed())?;
            if self.waiting.len() >= WAITING_BYTES {
                self.flush()?;
            }
        } else {
            self.flush()?;
            self.ledger.seek(SeekFrom::Start(self.position))?;
            if io::copy(&mut (&mut self.ledger).take(wanted), self.out)? != wanted {
                return Err(changed());
            }
        }
        self.position = to;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }
}

fn changed() -> io::Error {
    io::Error::other("the ledger was changed by another program meanwhile")
}

/// The line in another state; its other fields stay as they are. `line` was read as one before.
pub(crate) fn with_state(line: &[u8], state: &State) -> Vec<u8> {
    const TAB: u8 = b'\t';
    let mut fields = line.splitn(4, |&octet| octet == TAB);
    let [_, expiry, _, rest] = [(); 4].map(|()| fields.next().unwrap_or_default());
    let (letter, revocation) = state.fields();
    [letter.as_bytes(), expiry, revocation.as_bytes(), rest].join(&TAB)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::cause::Cause;
    use crate::ledger_line::Revocation;
    use trustpack_x509::crl::reason::RevocationReason;

    const FIRST: &str = "V\t270301085240Z\t\t01\tunknown\t/CN=a";
    const SECOND: &str = "V\t20510301085240Z\t\t02\ta\\\tb\t/CN=b\r";

    #[test]
    fn only_state_and_revocation_change() {
        let cause = Cause::new(RevocationReason::Superseded);
        let revocation = Revocation::new("2026-11-21T08:52:41Z".parse().unwrap(), &cause);
        assert_eq!(
            with_state(SECOND.as_bytes(), &State::Revoked(revocation)),
            b"R\t20510301085240Z\t261121085241Z,superseded\t02\ta\\\tb\t/CN=b\r"
        );
        let revoked = b"R\t270301085240Z\t261121085241Z,certificateHold\t01\tunknown\t/CN=a";
        assert_eq!(with_state(revoked, &State::Valid), FIRST.as_bytes());
    }

    #[test]
    fn other_lines_stay_octet_for_octet() {
        // Some of what stays is longer than what passes through this program.
        for comment in [0, 70_000, 2_000_000].map(|length| "#".repeat(length)) {
            check_rewrite(&comment);
        }
    }

    #[track_caller]
    fn check_rewrite(comment: &str) {
        let folder = tempfile::tempdir().unwrap();
        let [path, new] = ["ca.db", "new"].map(|name| folder.path().join(name));
        let text = format!("# \u{fe}\n{FIRST}\nnonsense\n{comment}\n{SECOND}\n");
        std::fs::write(&path, &text).unwrap();
        let replacement = |line: &str, text: &str| Replacement {
            offset: u64::try_from(std::fs::read_to_string(&path).unwrap().find(line).unwrap())
                .unwrap(),
            length: line.len(),
            text: text.into(),
        };
        let all = [
            replacement(FIRST, "one"),
            replacement(SECOND, "a longer text"),
        ];
        rewrite(&path, &all, &mut File::create(&new).unwrap()).unwrap();
        let want = format!("# \u{fe}\none\nnonsense\n{comment}\na longer text\n");
        assert_eq!(std::fs::read_to_string(&new).unwrap(), want);
        let beyond = Replacement {
            offset: 10_000_000,
            ..all[0].clone()
        };
        let error = rewrite(&path, &[beyond], &mut File::create(&new).unwrap());
        assert!(error.is_err());
    }
}
