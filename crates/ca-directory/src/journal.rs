//! The journal `ca_conf/.pending`: what a change is about to do, so that the next command can
//! finish or undo it.
//!
//! The order of a change: the folder `.pending`; the serial file; the plan; the files in the
//! repository; the line in the ledger, which decides; then `.pending` is removed. Invariant: no
//! file is made in the repository before the plan that names it is on disk.

use std::path::{Path, PathBuf};

use trustpack_x509::serial::{InvalidSerial, Serial};

use crate::durable::{self, Doing, FileError};
use crate::ledger_line::Record;

/// The plan's name inside `.pending`.
const PLAN: &str = "plan";
/// Names it has before it is complete, and of the serial file on its way.
const PLAN_ASIDE: &str = "plan.new";
const SERIAL_ASIDE: &str = "serial.num";
/// First line of a plan; a later form gets another number.
const HEADER: &str = "trustpack plan 1";
/// Last line of a plan.
const FOOTER: &str = "end";

/// What a change adds to a CA directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) certificates: Vec<Planned>,
}

/// One certificate of a change: it is there when its line is in the ledger, else its files go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) serial: Serial,
    /// The line of the ledger, with its line break.
    pub(crate) line: String,
    /// Names of files in the repository.
    pub(crate) files: Vec<String>,
}

/// A plan cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPlan {
    /// A line that is none of a plan.
    #[error("line {line} is \"{found}\"; a plan of another version, or damaged")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is there.
        found: String,
    },
    /// A serial.
    #[error("a serial is wrong")]
    Serial(#[from] InvalidSerial),
    /// A file that no certificate of this serial has.
    #[error("\"{found}\" is no file of the certificate that is planned")]
    FileName {
        /// The name.
        found: String,
    },
    /// A line that the ledger would not have for this certificate.
    #[error("its line for the ledger is none of the certificate {serial}")]
    LedgerLine {
        /// The serial that is planned.
        serial: Serial,
    },
    /// No last line.
    #[error("it has no last line \"{FOOTER}\"")]
    Incomplete,
}

/// Something else than a folder stands where the journal of a change would.
#[derive(Debug, thiserror::Error)]
#[error("{} is no folder; nothing of ours puts anything else there, so look at it and take it away", path.display())]
pub struct NotAFolder {
    path: PathBuf,
}

impl Plan {
    fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        for planned in &self.certificates {
            text.push_str(&format!("serial {}\nline {}", planned.serial, planned.line));
            for file in &planned.files {
                text.push_str(&format!("file {file}\n"));
            }
        }
        text.push_str(FOOTER);
        text.push('\n');
        text
    }

    pub(crate) fn from_text(text: &str) -> Result<Self, InvalidPlan> {
        let mut plan = Self::default();
        let mut lines = text.lines().zip(1..);
        for (line, number) in &mut lines {
            let wrong = || InvalidPlan::Line {
                line: number,
                found: line.chars().take(80).flat_map(char::escape_debug).collect(),
            };
            match (number, line.split_once(' '), plan.certificates.last_mut()) {
                (1, _, _) if line == HEADER => {}
                (1, _, _) => return Err(wrong()),
                (_, None, _) if line == FOOTER => return Ok(plan),
                (_, Some(("serial", serial)), _) => plan.certificates.push(Planned {
                    serial: serial.parse()?,
                    line: String::new(),
                    files: Vec::new(),
                }),
                (_, Some(("line", line)), Some(planned)) => {
                    planned.line = format!("{}\n", line_of(&planned.serial, line)?);
                }
                (_, Some(("file", file)), Some(planned)) => {
                    let name = name_of(&planned.serial, file)?;
                    planned.files.push(name.to_owned());
                }
                _ => return Err(wrong()),
            }
        }
        Err(InvalidPlan::Incomplete)
    }
}

/// The journal of a change that has begun. Whoever has it holds the lock.
#[derive(Debug)]
pub(crate) struct Journal<'a> {
    folder: &'a Path,
}

impl<'a> Journal<'a> {
    /// Begins a change: from here on `folder` exists. A folder that cannot be written fails here,
    /// with nothing changed.
    pub(crate) fn begin(folder: &'a Path) -> Result<Self, FileError> {
        durable::create_folder(folder, 0o700)?;
        durable::sync_folder_of(folder)?;
        Ok(Self { folder })
    }

    /// Takes up the journal of a change that was interrupted; none if there is none.
    ///
    /// A link is not followed: what stands at its end is no journal of this folder.
    pub(crate) fn resume(folder: &'a Path) -> Result<Option<Self>, NotAFolder> {
        match folder.symlink_metadata() {
            Ok(found) if found.is_dir() => Ok(Some(Self { folder })),
            Ok(_) => Err(NotAFolder {
                path: folder.to_path_buf(),
            }),
            Err(_) => Ok(None),
        }
    }

    /// Puts a new serial file in place.
    pub(crate) fn replace_serial(&self, path: &Path, text: &str) -> Result<(), FileError> {
        durable::replace(&self.folder.join(SERIAL_ASIDE), path, text.as_bytes())
    }

    /// Puts the plan on disk.
    pub(crate) fn write_plan(&self, plan: &Plan) -> Result<(), FileError> {
        let [aside, path] = [self.folder.join(PLAN_ASIDE), self.folder.join(PLAN)];
        durable::replace(&aside, &path, plan.to_text().as_bytes())
    }

    /// The text of the plan; none if the change did not come that far, so that it made no files.
    pub(crate) fn plan_text(&self) -> Result<Option<String>, FileError> {
        let contents = durable::read_if_there(&self.folder.join(PLAN))?;
        Ok(contents.map(|octets| String::from_utf8_lossy(&octets).into_owned()))
    }

    /// Ends the change, done or undone: `folder` is gone after it.
    pub(crate) fn end(self) -> Result<(), FileError> {
        for name in [PLAN, PLAN_ASIDE, SERIAL_ASIDE] {
            durable::remove_if_there(&self.folder.join(name))?;
        }
        std::fs::remove_dir(self.folder)
            .map_err(|error| FileError::new(Doing::Remove, self.folder, error))?;
        durable::sync_folder_of(self.folder)
    }
}

/// The name of a file that a certificate with this serial may have: the plan says what to delete, so
/// it can speak of nothing else.
fn name_of<'n>(serial: &Serial, name: &'n str) -> Result<&'n str, InvalidPlan> {
    let rest = name.strip_prefix(&serial.to_hex());
    let own = rest.is_some_and(|rest| {
        let kinds = ["_cert.pem", "_priv_key.pem", "_cert.pfx"];
        let of_host = || {
            let label = kinds.iter().find_map(|kind| rest.strip_suffix(kind))?;
            label.strip_prefix('_').filter(|label| !label.is_empty())
        };
        rest == ".pem" || of_host().is_some()
    });
    if own && !name.contains(['/', '\0']) {
        Ok(name)
    } else {
        Err(InvalidPlan::FileName {
            found: name.chars().take(80).flat_map(char::escape_debug).collect(),
        })
    }
}

/// A line of the ledger for a certificate with this serial: what is cut off the ledger is the start of
/// such a line or nothing.
fn line_of<'n>(serial: &Serial, line: &'n str) -> Result<&'n str, InvalidPlan> {
    match Record::from_line(line) {
        Ok(record) if record.serial == *serial => Ok(line),
        Ok(_) | Err(_) => Err(InvalidPlan::LedgerLine {
            serial: serial.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let planned = |serial: &str| Planned {
            serial: serial.parse().unwrap(),
            line: format!("V\t270301085240Z\t\t{serial}\tunknown\t/CN=a b\n"),
            files: vec![format!("{serial}.pem"), format!("{serial}_h_cert.pem")],
        };
        Plan {
            certificates: vec![planned("0A"), planned("0B")],
        }
    }

    #[test]
    fn a_plan_reads_back_as_itself() {
        assert_eq!(Plan::from_text(&plan().to_text()).unwrap(), plan());
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let text = plan().to_text();
        for cut in 0..text.len() - 1 {
            assert!(Plan::from_text(&text[..cut]).is_err(), "{cut}");
        }
        for bad in [
            "file ../x",
            "file a/b",
            "file ",
            "file ..",
            "file passwd",
            "file 0B.pem",
            "file 0A__cert.pem",
            "file 0A_/../../x_cert.pem",
            "line V",
            "line V\t270301085240Z\t\t0B\tunknown\t/CN=other",
            "serial x",
            "remove a",
        ] {
            let text = format!("{HEADER}\nserial 0A\n{bad}\n{FOOTER}\n");
            assert!(Plan::from_text(&text).is_err(), "{bad}");
        }
    }

    #[test]
    fn leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let pending = folder.path().join(".pending");
        assert!(Journal::resume(&pending).unwrap().is_none());
        let journal = Journal::begin(&pending).unwrap();
        assert!(Journal::begin(&pending).is_err());
        journal
            .replace_serial(&folder.path().join("serial.num"), "0B\n")
            .unwrap();
        assert_eq!(journal.plan_text().unwrap(), None);
        journal.write_plan(&plan()).unwrap();
        let again = Journal::resume(&pending).unwrap().unwrap();
        assert_eq!(
            Plan::from_text(&again.plan_text().unwrap().unwrap()).unwrap(),
            plan()
        );
        again.end().unwrap();
        assert!(!pending.exists());
        assert_eq!(
            std::fs::read_to_string(folder.path().join("serial.num")).unwrap(),
            "0B\n"
        );
    }
}
