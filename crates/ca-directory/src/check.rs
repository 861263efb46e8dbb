//! What is out of step in a CA directory: `ca check`.
//!
//! Reads, and changes nothing. What can be looked at is looked at, also where something else is
//! wrong; so the result is a list and not an error.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use trustpack_ca::authority::InvalidAuthority;
use trustpack_keystore::password::Password;
use trustpack_settings::finding::{Code, Kind, Severity};
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use crate::directory::{AuthorityError, CaDirectory};
use crate::findings;
use crate::ledger::LedgerError;
use crate::ledger_line::Record;
use crate::serial_file::{self, Numbering, SerialFileError};

/// One thing that is out of step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaFinding {
    /// What kind it is.
    pub kind: &'static Kind,
    /// The file or folder in question.
    pub path: PathBuf,
    /// One sentence with the values: what is wrong, the value found, what is allowed.
    pub message: String,
}

impl CaFinding {
    pub(crate) fn new(kind: &'static Kind, path: &Path, message: impl Into<String>) -> Self {
        Self {
            kind,
            path: path.to_path_buf(),
            message: message.into(),
        }
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.kind.code
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.kind.severity
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.kind.remedy
    }
}

/// Everything that the checks look at, read once.
pub(crate) struct Inspected<'a> {
    pub(crate) directory: &'a CaDirectory,
    pub(crate) now: Timestamp,
    pub(crate) key: KeyState,
    pub(crate) numbering: Result<Numbering, SerialFileError>,
    /// Records by serial, in the order of the ledger; more than one is wrong.
    pub(crate) records: BTreeMap<Serial, Vec<Record>>,
    /// Why the ledger could not be read to its end.
    pub(crate) ledger_error: Option<LedgerError>,
    /// Names of files in the repository, sorted.
    pub(crate) repository: Vec<String>,
}

/// What is to be said of the CA key.
pub(crate) enum KeyState {
    Good,
    /// Encrypted, and there was no password.
    NotChecked,
    Unreadable(AuthorityError),
    Invalid(InvalidAuthority),
}

impl CaDirectory {
    /// What is out of step, at the time `now`; `password` opens an encrypted CA key.
    ///
    /// Reads the whole ledger and every copy of a certificate, so it takes longer the more there are.
    #[must_use]
    pub fn check(&self, now: Timestamp, password: Option<&Password>) -> Vec<CaFinding> {
        let layout = self.layout();
        let mut records: BTreeMap<Serial, Vec<Record>> = BTreeMap::new();
        let ledger_error = self
            .for_each_record::<LedgerError>(|record| {
                records
                    .entry(record.serial.clone())
                    .or_default()
                    .push(record);
                Ok(())
            })
            .err();
        let inspected = Inspected {
            directory: self,
            now,
            key: KeyState::of(self, password),
            numbering: serial_file::read(&layout.serial),
            records,
            ledger_error,
            repository: names_in(&layout.repository).unwrap_or_default(),
        };
        findings::CHECKS
            .iter()
            .flat_map(|check| check(&inspected))
            .collect()
    }
}

impl KeyState {
    fn of(directory: &CaDirectory, password: Option<&Password>) -> Self {
        match directory.unlock(password) {
            // A configuration that is not understood says nothing about the key.
            Ok(_) | Err(AuthorityError::CrlUrls { .. }) => Self::Good,
            Err(AuthorityError::PasswordNeeded { .. }) => Self::NotChecked,
            Err(AuthorityError::Invalid { source, .. }) => Self::Invalid(source),
            Err(
                error @ (AuthorityError::File(_)
                | AuthorityError::Key { .. }
                | AuthorityError::Retired(_)),
            ) => Self::Unreadable(error),
        }
    }
}

/// The message of an error and of its causes, as one sentence.
pub(crate) fn whole_message(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}
