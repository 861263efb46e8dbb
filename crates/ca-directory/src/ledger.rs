//! The ledger `ca.db`: one line for each certificate that was issued.
//!
//! Appending costs the same however long the ledger is: the file is never read for it but for its
//! last block. Invariant: a line is written whole, at the end, after a line break, or not at all.

pub mod cause;
pub(crate) mod fields;
pub(crate) mod rewrite;
pub(crate) mod scan;

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use self::fields::Line;
use self::scan::{Block, Place, scan};
use trustpack_x509::shown::shown;

use crate::durable::{self, Doing, FileError};
use crate::ledger_line::{InvalidLine, Record};

/// The ledger cannot be read or added to.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// A line is wrong.
    #[error("line {line} of {path} is no line of a ledger")]
    Line {
        /// The ledger.
        path: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        source: InvalidLine,
    },
    /// The last line has no line break and is not whole.
    #[error(
        "the last line of {path} is not complete (\"{found}\"); OpenSSL would drop it without a word"
    )]
    TornLastLine {
        /// The ledger.
        path: String,
        /// How it begins.
        found: String,
    },
    /// The last line that is no comment is no record.
    #[error(
        "the last line of {path} is no line of a ledger (\"{found}\"); OpenSSL would refuse it"
    )]
    DamagedLastLine {
        /// The ledger.
        path: String,
        /// How it begins.
        found: String,
    },
}

/// So much of the end is looked at before a line is appended: the longest line with its line break.
const TAIL_BYTES: u64 = 64 * 1024 + 1;
/// Of a torn line in a message, no more than this is shown.
const SHOWN_CHARACTERS: usize = 40;

/// Calls `each` for every record, from the first; stops when it says so with an error of its own.
pub(crate) fn for_each<E: From<LedgerError>>(
    path: &Path,
    mut each: impl FnMut(Record) -> Result<(), E>,
) -> Result<(), E> {
    for_each_line(path, |line, record| {
        each(record.map_err(|source| LedgerError::Line {
            path: path.display().to_string(),
            line,
            source,
        })?)
    })
}

/// Calls `each` with the number and contents of every line that is not a comment.
pub(crate) fn for_each_line<E: From<LedgerError>>(
    path: &Path,
    mut each: impl FnMut(usize, Result<Record, InvalidLine>) -> Result<(), E>,
) -> Result<(), E> {
    type Records = Vec<(usize, Result<Record, InvalidLine>)>;
    let gather = |records: &mut Records, place: Place, line: Result<Line<'_>, InvalidLine>| {
        let record = line.map(|line| Record::of_line(&line));
        records.push((place.line_in_block, record));
    };
    let stopped = scan(path, gather, |block: Block<Records>| {
        for (line, record) in block.gathered {
            each(block.lines_before + line + 1, record).map_err(Stopped::ByUser)?;
        }
        Ok(())
    });
    stopped.map_err(|stopped| match stopped {
        Stopped::ByUser(error) => error,
        Stopped::File(error) => E::from(LedgerError::File(error)),
    })
}

/// Why reading ended before the end.
enum Stopped<E> {
    ByUser(E),
    File(FileError),
}

impl<E> From<FileError> for Stopped<E> {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

/// A line without its line break.
fn without_end(line: &str) -> &str {
    line.trim_end_matches(['\n', '\r'])
}

/// Whether a line holds no record. An empty one is no comment: OpenSSL loads no ledger with it.
fn is_comment(line: &str) -> bool {
    line.starts_with('#')
}

/// The ledger, open for adding to it. Whoever has it holds the lock of the CA directory.
#[derive(Debug)]
pub(crate) struct Appender<'a> {
    path: &'a Path,
    file: File,
    length: u64,
    /// Put before the first line: the break that the last line of the file lacks.
    prefix: &'static str,
    last: Option<Record>,
}

impl<'a> Appender<'a> {
    /// Opens the ledger and looks at its last line.
    pub(crate) fn open(path: &'a Path) -> Result<Self, LedgerError> {
        let error = |source| FileError::new(Doing::Write, path, source);
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .open(path)
            .map_err(error)?;
        let length = file.seek(SeekFrom::End(0)).map_err(error)?;
        let tail = read_tail(&mut file, length).map_err(error)?;
        let ended = tail.is_empty() || tail.ends_with('\n');
        let lines = (!tail.is_empty()).then(|| tail.strip_suffix('\n').unwrap_or(&tail));
        let last = lines
            .into_iter()
            .flat_map(|lines| lines.rsplit('\n').map(without_end))
            .zip(0_usize..)
            .find(|(line, _)| !is_comment(line));
        let last = last.map(|(line, after)| Record::from_line(line).map_err(|_| (line, after)));
        let last = last.transpose().map_err(|(line, after)| {
            let path = path.display().to_string();
            let found = shown(line, SHOWN_CHARACTERS);
            if ended || after > 0 {
                LedgerError::DamagedLastLine { path, found }
            } else {
                LedgerError::TornLastLine { path, found }
            }
        })?;
        Ok(Self {
            path,
            file,
            length,
            prefix: if ended { "" } else { "\n" },
            last,
        })
    }

    /// The record of the last line; none in an empty ledger.
    pub(crate) fn last(&self) -> Option<&Record> {
        self.last.as_ref()
    }

    /// Adds `lines`, each with its line break, in one write. This is the commit point of a change.
    ///
    /// When it fails the ledger is as it was.
    pub(crate) fn append(mut self, lines: &str) -> Result<(), LedgerError> {
        let error = |source| FileError::new(Doing::Write, self.path, source);
        let written = self
            .file
            .write_all(format!("{}{lines}", self.prefix).as_bytes())
            .and_then(|()| self.file.sync_all());
        if let Err(failed) = written {
            self.file
                .set_len(self.length)
                .and_then(|()| self.file.sync_all())
                .map_err(error)?;
            return Err(error(failed).into());
        }
        Ok(())
    }
}

/// The end of the file, as text.
fn read_tail(file: &mut File, length: u64) -> std::io::Result<String> {
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut tail)?;
    Ok(String::from_utf8_lossy(&tail).into_owned())
}

/// Cuts off a last line without a line break if it is the beginning of one of `lines`, which are
/// those that an interrupted change was writing.
pub(crate) fn cut_torn_line(path: &Path, lines: &[&str]) -> Result<(), FileError> {
    let error = |source| FileError::new(Doing::Write, path, source);
    let mut file = durable::open(path).map_err(error)?;
    let length = file.seek(SeekFrom::End(0)).map_err(error)?;
    let tail = read_tail(&mut file, length).map_err(error)?;
    let torn = tail.rsplit('\n').next().unwrap_or_default();
    if torn.is_empty() || !lines.iter().any(|line| line.starts_with(torn)) {
        return Ok(());
    }
    let kept = length.saturating_sub(u64::try_from(torn.len()).unwrap_or(u64::MAX));
    // Not before: a ledger that lines can only be added to (chattr +a) need not be cut.
    let writable = OpenOptions::new().write(true).open(path);
    writable
        .and_then(|file| file.set_len(kept).and_then(|()| file.sync_all()))
        .map_err(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const LINE: &str = "V\t270301085240Z\t\t01\tunknown\t/CN=a\n";
    const NEXT: &str = "V\t270301085240Z\t\t02\tunknown\t/CN=b\n";

    #[track_caller]
    fn check_append(before: &str, want: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.db");
        fs::write(&path, before).unwrap();
        let got = Appender::open(&path).and_then(|ledger| ledger.append(NEXT));
        assert_eq!(got.is_ok(), want.is_some(), "{got:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), want.unwrap_or(before));
    }

    #[test]
    fn appends_a_line_of_its_own() {
        check_append("", Some(NEXT));
        check_append(LINE, Some(&format!("{LINE}{NEXT}")));
        check_append(LINE.trim_end(), Some(&format!("{LINE}{NEXT}")));
        check_append("# a comment\n", Some(&format!("# a comment\n{NEXT}")));
        check_append("V\t2703", None);
        check_append("nonsense\n", None);
        // OpenSSL loads no ledger with an empty line.
        check_append("\n", None);
        check_append(&format!("{LINE}\n"), None);
        check_append(&format!("{LINE}\r\n"), None);
        check_append(&format!("{LINE}\n# a comment\n"), None);
        check_append(&format!("{LINE}\n# a comment"), None);
        check_append(&format!("{LINE}V\t2703\n# a comment\n"), None);
    }

    #[test]
    fn knows_the_last_record_of_a_long_ledger() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.db");
        fs::write(&path, LINE.repeat(10_000) + NEXT + "# a comment\n").unwrap();
        let ledger = Appender::open(&path).unwrap();
        assert_eq!(
            ledger
                .last()
                .map(|record| record.serial.to_hex())
                .as_deref(),
            Some("02")
        );
    }

    #[track_caller]
    fn check_cut(before: &str, want: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.db");
        fs::write(&path, before).unwrap();
        cut_torn_line(&path, &[NEXT]).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), want);
    }

    #[test]
    fn cuts_off_only_what_we_were_writing() {
        check_cut(&format!("{LINE}V\t27"), LINE);
        check_cut(&format!("{LINE}{}", NEXT.trim_end()), LINE);
        check_cut(&format!("{LINE}{NEXT}"), &format!("{LINE}{NEXT}"));
        check_cut(&format!("{LINE}V\t99"), &format!("{LINE}V\t99"));
        check_cut("", "");
    }

    #[test]
    fn names_the_line_that_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.db");
        fs::write(&path, format!("{LINE}# note\nnonsense\n")).unwrap();
        let mut seen = 0;
        let got = for_each(&path, |_| {
            seen += 1;
            Ok::<(), LedgerError>(())
        });
        assert_eq!(seen, 1);
        assert!(
            matches!(got, Err(LedgerError::Line { line: 3, .. })),
            "{got:?}"
        );
    }
}
