//! What is out of step in a CA directory: `ca check`.
//!
//! Reads, and changes nothing. What can be looked at is looked at, also where something else is
//! wrong; so the result is a list and not an error. Invariant: memory is that of a few octets for each line
//! of the ledger, however much is wrong; see [`found`].

use std::path::{Path, PathBuf};

use trustpack_ca::authority::InvalidAuthority;
use trustpack_keystore::password::Password;
use trustpack_settings::finding::{Code, Kind, Severity};
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use self::found::{Checked, Found};
use self::ledger_look::LedgerLook;
use crate::directory::{AuthorityError, CaDirectory};
use crate::findings;
use crate::serial_file::{self, SerialFileError};

pub mod found;
pub(crate) mod ledger_look;
pub(crate) mod own_lists;
pub(crate) mod repository_look;
pub(crate) mod serials;

/// One thing that is out of step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaFinding {
    /// What kind it is.
    pub kind: &'static Kind,
    /// The file or folder in question.
    pub path: PathBuf,
    /// One sentence with the values: what is wrong, the value found, what is allowed.
    pub message: String,
    /// What in the file, where it is one of many.
    pub(crate) about: Option<About>,
}

/// One of many things in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// A line of the ledger, counted from 1.
    Line(usize),
    /// A certificate.
    Serial(Serial),
}

impl CaFinding {
    pub(crate) fn new(kind: &'static Kind, path: &Path, message: impl Into<String>) -> Self {
        Self {
            kind,
            path: path.to_path_buf(),
            message: message.into(),
            about: None,
        }
    }

    pub(crate) fn about(mut self, about: impl Into<Option<About>>) -> Self {
        self.about = about.into();
        self
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
}

/// What the checks of one file look at, read once.
pub(crate) struct Inspected<'a> {
    pub(crate) directory: &'a CaDirectory,
    pub(crate) now: Timestamp,
    pub(crate) key: KeyState,
    /// What the serial file says comes next; none if it is missing.
    pub(crate) next_serial: Result<Option<Serial>, SerialFileError>,
    pub(crate) ledger: LedgerLook,
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
    pub fn check(&self, now: Timestamp, password: Option<&Password>) -> Checked {
        self.look(now, password).into_checked()
    }

    pub(crate) fn look(&self, now: Timestamp, password: Option<&Password>) -> Found {
        let mut found = Found::default();
        let inspected = Inspected {
            directory: self,
            now,
            key: KeyState::of(self, password),
            next_serial: serial_file::read_next(&self.layout().serial),
            ledger: LedgerLook::take(self, now, &mut found),
        };
        for check in findings::CHECKS {
            check(&inspected, &mut found);
        }
        repository_look::take(&inspected, &mut found);
        found
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
