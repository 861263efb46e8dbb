//! The ledger of the source, line by line.
//!
//! Lines stay as they are, octet for octet; only line breaks are made the same. Invariant: a line that cannot be
//! read stops the import, since it may be a revocation.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use trustpack_x509::serial::Serial;

use super::source::Found;
use super::{ImportError, Reader};
use crate::ledger_line::{InvalidLine, Record, State};

/// What the ledger of the source says.
#[derive(Debug)]
pub(super) struct Records {
    /// The lines, each with a line break.
    pub(super) text: String,
    pub(super) serials: BTreeSet<Serial>,
    pub(super) revoked: usize,
    pub(super) highest_counted: Option<u64>,
}

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
        let Some(path) = &found.ledger else {
            return Ok(Self::read(Path::new(""), b"")?);
        };
        let file = reader.read_large(path)?.unwrap_or_default();
        Ok(Self::read(path, &file)?)
    }

    fn read(path: &Path, file: &[u8]) -> Result<Self, RecordsError> {
        let mut records = Self {
            text: String::with_capacity(file.len()),
            serials: BTreeSet::new(),
            revoked: 0,
            highest_counted: None,
        };
        for (octets, line) in file.split(|octet| *octet == b'\n').zip(1..) {
            let path = || path.to_path_buf();
            let text = std::str::from_utf8(octets)
                .map_err(|_| RecordsError::NotText { path: path(), line })?;
            let text = text.trim_end_matches('\r');
            // An empty line holds nothing, and OpenSSL loads no ledger that has one.
            if text.is_empty() {
                continue;
            }
            if !text.starts_with('#') {
                let record = Record::from_line(text).map_err(|source| RecordsError::Line {
                    path: path(),
                    line,
                    source,
                })?;
                records.note(record);
            }
            records.text.push_str(text);
            records.text.push('\n');
        }
        Ok(records)
    }

    fn note(&mut self, record: Record) {
        self.revoked += usize::from(matches!(record.state, State::Revoked(_)));
        self.highest_counted = self.highest_counted.max(record.serial.counting_value());
        self.serials.insert(record.serial);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "V\t270301085240Z\t\t01\tunknown\t/CN=a\nR\t270301085240Z\t261121085241Z,keyCompromise\t0A\tunknown\t/CN=b\n";

    #[test]
    fn keeps_lines_as_they_are() {
        let with_blanks = format!("# note\r\n{}\r\n\n", LINES.replace('\n', "\r\n"));
        let records = Records::read(Path::new("index.txt"), with_blanks.as_bytes()).unwrap();
        assert_eq!(records.text, format!("# note\n{LINES}"));
        assert_eq!((records.serials.len(), records.revoked), (2, 1));
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
            let error = Records::read(Path::new("index.txt"), text.as_bytes()).unwrap_err();
            assert!(
                matches!(error, RecordsError::Line { line: 3, .. }),
                "{error}"
            );
        }
        let error = Records::read(Path::new("index.txt"), b"\xff\n").unwrap_err();
        assert!(matches!(error, RecordsError::NotText { line: 1, .. }));
    }
}
