//! Finishing or undoing a change that was interrupted.
//!
//! Issuing: the ledger decides. A certificate whose line is there, whole, stays; the files of any other
//! go. Any other change: its plan decides. Once that is on disk, the change is done again.
//! Invariant: doing it again, or being interrupted in it, leads to the same folder.

use std::collections::BTreeSet;
use std::path::PathBuf;

use trustpack_x509::serial::Serial;

use crate::change::redo::{RedoError, redo};
use crate::change_kind::ChangeKind;
use crate::change_plan::{InvalidPlan, Plan, Planned};
use crate::durable::{self, FileError};
use crate::journal::{Journal, NotAFolder};
use crate::layout::Layout;
use crate::ledger::{self, LedgerError};
use crate::lock::Lock;

/// What became of an interrupted change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Certificates whose line was in the ledger: they are complete.
    pub finished: Vec<Serial>,
    /// Certificates of which nothing is left.
    pub undone: Vec<Serial>,
    /// A change of another kind that had been decided, and is done now.
    pub done: Option<ChangeKind>,
}

/// An interrupted change can be neither finished nor undone.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Something stands where the journal would.
    #[error(transparent)]
    NotAFolder(#[from] NotAFolder),
    /// A change that is decided.
    #[error(
        "an interrupted command had decided on {kind}, and that cannot be finished now; the change is prepared in {}, and the first command after what is in its way is gone finishes it",
        path.display()
    )]
    Redo {
        /// What it was for.
        kind: ChangeKind,
        /// The folder with it.
        path: PathBuf,
        /// What is in its way.
        source: RedoError,
    },
    /// The plan.
    #[error("the plan of an interrupted change in {} cannot be read", path.display())]
    Plan {
        /// The folder with it.
        path: PathBuf,
        /// What is wrong with it.
        source: InvalidPlan,
    },
}

/// Finishes or undoes what an interrupted change left, if there is anything.
pub(crate) fn recover(layout: &Layout, _held: &Lock) -> Result<Option<Recovered>, RecoverError> {
    let pending = layout.pending();
    let Some(journal) = Journal::resume(&pending)? else {
        return Ok(None);
    };
    let mut recovered = Recovered::default();
    if let Some(text) = journal.plan_text()? {
        let plan = Plan::from_text(&text).map_err(|source| RecoverError::Plan {
            path: pending.clone(),
            source,
        })?;
        match plan {
            Plan::Issue(certificates) => recovered = settle(layout, certificates)?,
            Plan::Redo { kind, steps } => {
                redo(layout, &journal, &steps).map_err(|source| RecoverError::Redo {
                    kind,
                    path: pending.clone(),
                    source,
                })?;
                recovered.done = Some(kind);
            }
        }
    }
    journal.end()?;
    Ok(Some(recovered))
}

fn settle(layout: &Layout, certificates: Vec<Planned>) -> Result<Recovered, RecoverError> {
    let lines: Vec<&str> = certificates.iter().map(|p| p.line.as_str()).collect();
    ledger::cut_torn_line(&layout.ledger, &lines)?;
    // Not by position: OpenSSL may have written the ledger anew in the meantime.
    let planned: BTreeSet<&Serial> = certificates.iter().map(|p| &p.serial).collect();
    let mut recorded = BTreeSet::new();
    // A line that is damaged is none of ours, and must not keep the folder from being opened.
    ledger::for_each_line(&layout.ledger, |_, record| {
        recorded.extend(
            record
                .ok()
                .map(|r| r.serial)
                .filter(|serial| planned.contains(serial)),
        );
        Ok::<(), LedgerError>(())
    })?;
    let mut recovered = Recovered::default();
    for certificate in certificates {
        if recorded.contains(&certificate.serial) {
            recovered.finished.push(certificate.serial);
            continue;
        }
        for file in &certificate.files {
            durable::remove_if_there(&layout.repository.join(file.to_string()))?;
        }
        recovered.undone.push(certificate.serial);
    }
    if layout.repository.is_dir() {
        durable::sync_folder(&layout.repository)?;
    }
    Ok(recovered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const OLD: &str = "V\t270301085240Z\t\t01\tunknown\t/CN=old\n";
    const LINE_A: &str = "V\t270301085240Z\t\t0A\tunknown\t/CN=a\n";
    const LINE_B: &str = "V\t270301085240Z\t\t0B\tunknown\t/CN=b\n";

    /// How far the change got before it was interrupted.
    struct Interrupted<'a> {
        plan: bool,
        files: &'a [&'a str],
        ledger_end: &'a str,
    }

    #[track_caller]
    fn check(interrupted: &Interrupted<'_>, want_files: &[&str], want_ledger_end: &str) {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        fs::create_dir(&layout.ca_conf).unwrap();
        fs::create_dir(&layout.repository).unwrap();
        fs::write(layout.repository.join("01.pem"), "").unwrap();
        fs::write(&layout.ledger, format!("{OLD}{}", interrupted.ledger_end)).unwrap();
        let pending = layout.pending();
        let journal = Journal::begin(&pending).unwrap();
        if interrupted.plan {
            let planned = |serial: &str, line: &str| Planned {
                serial: serial.parse().unwrap(),
                line: line.into(),
                files: [format!("{serial}.pem"), format!("{serial}_h_cert.pem")]
                    .map(|name| name.parse().unwrap())
                    .to_vec(),
            };
            let plan = Plan::Issue(vec![planned("0A", LINE_A), planned("0B", LINE_B)]);
            journal.write_plan(&plan).unwrap();
        }
        for file in interrupted.files {
            fs::write(layout.repository.join(file), "").unwrap();
        }
        let lock = Lock::try_take(&layout.ca_conf).unwrap().unwrap();
        assert!(recover(&layout, &lock).unwrap().is_some());
        assert_eq!(recover(&layout, &lock).unwrap(), None, "once is enough");
        let mut files: Vec<String> = fs::read_dir(&layout.repository)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        assert_eq!(files, want_files);
        let ledger = fs::read_to_string(&layout.ledger).unwrap();
        assert_eq!(ledger, format!("{OLD}{want_ledger_end}"));
        assert!(!pending.exists());
    }

    const FILES_A: [&str; 2] = ["0A.pem", "0A_h_cert.pem"];
    const ALL_FILES: [&str; 4] = ["0A.pem", "0A_h_cert.pem", "0B.pem", "0B_h_cert.pem"];

    #[test]
    fn without_a_plan_nothing_was_done() {
        check(
            &Interrupted {
                plan: false,
                files: &[],
                ledger_end: "",
            },
            &["01.pem"],
            "",
        );
    }

    #[test]
    fn before_the_ledger_line_all_is_undone() {
        for files in [&[][..], &FILES_A[..1], &FILES_A, &ALL_FILES] {
            check(
                &Interrupted {
                    plan: true,
                    files,
                    ledger_end: "",
                },
                &["01.pem"],
                "",
            );
        }
        for torn in 1..LINE_A.len() {
            let ledger_end = &LINE_A[..torn];
            check(
                &Interrupted {
                    plan: true,
                    files: &ALL_FILES,
                    ledger_end,
                },
                &["01.pem"],
                "",
            );
        }
    }

    #[test]
    fn with_the_ledger_line_it_is_done() {
        let both = format!("{LINE_A}{LINE_B}");
        let want = [
            "01.pem",
            "0A.pem",
            "0A_h_cert.pem",
            "0B.pem",
            "0B_h_cert.pem",
        ];
        check(
            &Interrupted {
                plan: true,
                files: &ALL_FILES,
                ledger_end: &both,
            },
            &want,
            &both,
        );
    }

    #[test]
    fn of_several_those_with_a_line_stay() {
        let ledger_end = format!("{LINE_A}{}", &LINE_B[..9]);
        let interrupted = Interrupted {
            plan: true,
            files: &ALL_FILES,
            ledger_end: &ledger_end,
        };
        check(&interrupted, &["01.pem", "0A.pem", "0A_h_cert.pem"], LINE_A);
    }

    #[test]
    fn a_plan_that_cannot_be_read_stops_everything() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        fs::create_dir_all(layout.pending()).unwrap();
        fs::write(layout.pending().join("plan"), "something else\n").unwrap();
        let lock = Lock::try_take(&layout.ca_conf).unwrap().unwrap();
        assert!(matches!(
            recover(&layout, &lock),
            Err(RecoverError::Plan { .. })
        ));
        assert!(layout.pending().exists());
    }
}
