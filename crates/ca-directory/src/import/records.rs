//! The ledger of the source, line by line.
//!
//! Lines stay as they are, octet for octet; only line breaks are made the same. Invariant: a line that cannot be
//! read stops the import, since it may be a revocation.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, Write as _};
use std::path::PathBuf;

use super::source::Found;
use super::{ImportError, Reader};
use crate::check::serials::{Entry, Serials};
use crate::durable::{Doing, FileError};
use crate::ledger::scan::MAX_LINE_BYTES;
use crate::ledger_line::{InvalidLine, Record, State};

/// What the ledger of the source says. Its lines are not kept, but read again where they are written.
#[derive(Debug)]
pub(super) struct Records {
    ledger: Option<Ledger>,
    pub(super) serials: Serials,
    pub(super) revoked: usize,
    pub(super) highest_counted: Option<u64>,
}

/// The very file that was read first, whatever has its name later.
#[derive(Debug)]
struct Ledger {
    path: PathBuf,
    file: File,
}

/// Records of a ledger that are taken over: five times as many as the largest CA of files is made for. Of each
/// the serial is kept in memory.
const MAX_RECORDS: usize = 5_000_000;
/// Octets of the ledger that are read or written at once.
const BUFFER_BYTES: usize = 1 << 20;

/// The ledger of the source cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// A line.
    #[error(
        "line {line} of {} is no line of a ledger; it may stand for a revoked certificate, so nothing was taken over",
        path.display()
    )]
    Line {
        /// The ledger.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        source: InvalidLine,
    },
    /// A line that is longer than any of a ledger.
    #[error("line {line} of {} has more than {MAX_LINE_BYTES} octets", path.display())]
    TooLong {
        /// The ledger.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// More records than are taken over.
    #[error("{} has more than {MAX_RECORDS} records", path.display())]
    TooMany {
        /// The ledger.
        path: PathBuf,
    },
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A character that is none.
    #[error("line {line} of {} is not UTF-8 text", path.display())]
    NotText {
        /// The ledger.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
}

impl Records {
    /// The ledger that was found; an empty one if there is none.
    pub(super) fn of(reader: &Reader<'_>, found: &Found) -> Result<Self, ImportError> {
        let ledger = match &found.ledger {
            Some(path) => reader.open_large(path)?.map(|file| Ledger {
                path: path.clone(),
                file,
            }),
            None => None,
        };
        Ok(Self::read(ledger)?)
    }

    fn read(ledger: Option<Ledger>) -> Result<Self, RecordsError> {
        let mut entries = Vec::new();
        let mut revoked = 0;
        let mut highest_counted = None;
        if let Some(ledger) = &ledger {
            ledger.each_line(|_, record| {
                let Some(record) = record else {
                    return Ok(());
                };
                let is_revoked = matches!(record.state, State::Revoked(_));
                revoked += usize::from(is_revoked);
                highest_counted = highest_counted.max(record.serial.counting_value());
                entries.push(Entry::new(&record.serial, is_revoked));
                match entries.len() > MAX_RECORDS {
                    true => Err(RecordsError::TooMany {
                        path: ledger.path.clone(),
                    }),
                    false => Ok(()),
                }
            })?;
        }
        Ok(Self {
            ledger,
            serials: Serials::new(entries),
            revoked,
            highest_counted,
        })
    }

    /// Writes the lines, each with a line break, and then `added`.
    pub(super) fn write(&self, added: &str, out: &mut File) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(BUFFER_BYTES, out);
        if let Some(ledger) = &self.ledger {
            ledger
                .each_line(|line, _| {
                    let written = out.write_all(line.as_bytes());
                    let written = written.and_then(|()| out.write_all(b"\n"));
                    written.map_err(|error| ledger.failed(error).into())
                })
                .map_err(io::Error::other)?;
        }
        out.write_all(added.as_bytes())?;
        out.flush()
    }
}

impl Ledger {
    fn failed(&self, error: io::Error) -> FileError {
        FileError::new(Doing::Read, &self.path, error)
    }

    /// Gives every line, without its line break and, unless it is a comment, with what it says.
    fn each_line(
        &self,
        mut each: impl FnMut(&str, Option<Record>) -> Result<(), RecordsError>,
    ) -> Result<(), RecordsError> {
        let path = || self.path.clone();
        let mut file = &self.file;
        file.rewind().map_err(|error| self.failed(error))?;
        let mut file = BufReader::with_capacity(BUFFER_BYTES, file);
        let mut octets = Vec::new();
        for line in 1.. {
            octets.clear();
            let most = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX);
            let read = (&mut file)
                .take(most.saturating_add(1))
                .read_until(b'\n', &mut octets)
                .map_err(|error| self.failed(error))?;
            if read == 0 {
                break;
            }
            if octets.len() > MAX_LINE_BYTES {
                return Err(RecordsError::TooLong { path: path(), line });
            }
            let text = std::str::from_utf8(&octets)
                .map_err(|_| RecordsError::NotText { path: path(), line })?;
            let text = text.strip_suffix('\n').unwrap_or(text);
            let text = text.trim_end_matches('\r');
            // An empty line holds nothing, and OpenSSL loads no ledger that has one.
            if text.is_empty() {
                continue;
            }
            let record = match text.starts_with('#') {
                true => None,
                false => Some(
                    Record::from_line(text).map_err(|source| RecordsError::Line {
                        path: path(),
                        line,
                        source,
                    })?,
                ),
            };
            each(text, record)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "V\t270301085240Z\t\t01\tunknown\t/CN=a\nR\t270301085240Z\t261121085241Z,keyCompromise\t0A\tunknown\t/CN=b\n";

    fn read(text: &[u8]) -> Result<Records, RecordsError> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text).unwrap();
        let path = PathBuf::from("index.txt");
        Records::read(Some(Ledger { path, file }))
    }

    #[test]
    fn keeps_lines_as_they_are() {
        let with_blanks = format!("# note\r\n{}\r\n\n", LINES.replace('\n', "\r\n"));
        let records = read(with_blanks.as_bytes()).unwrap();
        let mut out = tempfile::tempfile().unwrap();
        records.write("more\n", &mut out).unwrap();
        out.rewind().unwrap();
        let written = io::read_to_string(out).unwrap();
        assert_eq!(written, format!("# note\n{LINES}more\n"));
        assert_eq!((records.serials.count(), records.revoked), (2, 1));
        assert_eq!(records.highest_counted, Some(10));
    }

    #[test]
    fn a_broken_line_stops_it() {
        for bad in [
            "V\t2703\n",
            "nonsense",
            "V\t270301085240Z\t\tzz\tunknown\t/CN=a",
        ] {
            let text = format!("{LINES}{bad}");
            let error = read(text.as_bytes()).unwrap_err();
            assert!(
                matches!(error, RecordsError::Line { line: 3, .. }),
                "{error}"
            );
        }
        let error = read(b"\xff\n").unwrap_err();
        assert!(matches!(error, RecordsError::NotText { line: 1, .. }));
    }

    #[test]
    fn a_line_without_end_is_not_read_to_its_end() {
        let long = format!("{LINES}# {}\n", "x".repeat(MAX_LINE_BYTES));
        let error = read(long.as_bytes()).unwrap_err();
        assert!(matches!(error, RecordsError::TooLong { line: 3, .. }));
        let fits = format!("{LINES}#{}\n", "x".repeat(MAX_LINE_BYTES - 2));
        assert_eq!(read(fits.as_bytes()).unwrap().serials.count(), 2);
    }
}
