//! Issuing a host certificate: from an order to its files and its line in the ledger.
//!
//! What can be refused is refused before anything is written. Invariant: a certificate is reported
//! only after its files were opened again and compared, and its line is on disk.

use std::path::PathBuf;

use trustpack_ca::host::HostName;
use trustpack_ca::issue::{Prepared, prepare};
use trustpack_ca::request::HostRequest;
use trustpack_ca::warning::Warning;
use trustpack_keystore::password::Password;
use trustpack_keystore::pkcs12::WritePkcs12Error;
use trustpack_keystore::private_file::PrivateMode;
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_keystore::private_key::{GenerateKeyError, PrivateKey};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use crate::bundle_files::{BundleFiles, FileNames, IssuedPaths};
use crate::change_plan::{Plan, Planned};
use crate::create::make_repository;
use crate::directory::UnlockedDirectory;
use crate::durable::FileError;
use crate::entropy::Entropy;
use crate::journal::{Journal, NumberFile};
use crate::ledger::{Appender, LedgerError};
use crate::ledger_line::Record;
use crate::lock::Lock;
use crate::recovery::{RecoverError, Recovered, recover};
use crate::serial_file::{self, NextSerial, Numbering, SerialFileError};

/// What to issue, and how to deliver it.
#[derive(Debug)]
pub struct IssueOrder {
    /// Names, profile, lifetime.
    pub request: HostRequest,
    /// Whose key is certified.
    pub key: HostKey,
    /// Protects the PKCS#12 file; the empty one by custom.
    pub bundle_password: Password,
    /// Who may read the files with the key.
    pub key_access: KeyAccess,
}

/// The key of a host certificate.
#[derive(Debug)]
pub enum HostKey {
    /// Made here.
    Generate(KeySpec),
    /// The private half is elsewhere: certificate files only.
    Elsewhere(PublicKey),
}

/// Who may read the private key of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAccess {
    /// Its owner: 0600.
    Owner,
    /// Its owner, and the group of this number: 0640.
    Group(u32),
}

/// A certificate that was issued.
#[derive(Clone, Debug)]
pub struct IssuedFiles {
    /// Where its files are.
    pub paths: IssuedPaths,
    /// The certificate.
    pub certificate: Certificate,
    /// What its asker should know.
    pub warnings: Vec<Warning>,
}

/// No certificate was issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// No key.
    #[error(transparent)]
    Key(#[from] GenerateKeyError),
    /// The authority refused, or could not sign.
    #[error(transparent)]
    Authority(#[from] trustpack_ca::issue::IssueError),
    /// An interrupted change.
    #[error("an interrupted change cannot be finished or undone")]
    Recover(#[from] RecoverError),
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The serial file.
    #[error(transparent)]
    SerialFile(#[from] SerialFileError),
    /// The serial file has gone back.
    #[error(
        "the serial {serial} of {} was used before, in {found}; put a higher one there",
        path.display()
    )]
    SerialUsed {
        /// The serial.
        serial: Serial,
        /// The serial file.
        path: PathBuf,
        /// What shows it: a file, or the ledger.
        found: String,
    },
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The PKCS#12 file.
    #[error("the PKCS#12 file cannot be made")]
    Pkcs12(#[from] WritePkcs12Error),
    /// A file reads back as something else than was written.
    #[error("{} does not read back as it was written; is the disk sound?", path.display())]
    ReadBack {
        /// The file.
        path: PathBuf,
    },
}

impl IssueOrder {
    /// An order for a new key, delivered with the empty password to its owner.
    #[must_use]
    pub fn new(request: HostRequest, key: KeySpec) -> Self {
        Self {
            request,
            key: HostKey::Generate(key),
            bundle_password: Password::empty(),
            key_access: KeyAccess::Owner,
        }
    }
}

/// The key of an order, made if it had to be.
enum ReadyKey<'a> {
    Made(PrivateKey),
    Elsewhere(&'a PublicKey),
}

impl UnlockedDirectory {
    /// Issues one certificate and writes its files.
    ///
    /// `now` is the time of signing, UTC. Waits for another command that is changing the folder.
    ///
    /// # Errors
    ///
    /// [`IssueError`]; no certificate was recorded and none of its files is left, or, where the disk
    /// let even that fail, the next command finishes or undoes the change. In a folder that counts, a serial may have been skipped: one that may have been signed is not given again.
    pub fn issue(
        &self,
        order: &IssueOrder,
        now: Timestamp,
        entropy: &mut Entropy<'_>,
    ) -> Result<IssuedFiles, IssueError> {
        // Before the lock: making a key takes long.
        let key = ReadyKey::of(&order.key)?;
        let authority = self.authority();
        let layout = self.directory().layout();
        let lock = Lock::take(&layout.ca_conf)?;
        recover(layout, &lock)?;
        let next = self.next_serial(entropy)?;
        let request = &order.request;
        let prepared = prepare(
            request,
            key.public_key(),
            authority,
            next.serial.clone(),
            now,
        )?;
        let ledger = Appender::open(&layout.ledger)?;
        self.refuse_used(&next.serial, request.host(), &ledger)?;
        let pending = layout.pending();
        let journal = Journal::begin(&pending)?;
        let change = Issuing {
            unlocked: self,
            order,
            key: &key,
            next: &next,
        };
        let (issued, appended) = match change.write_files(&journal, prepared) {
            Ok((issued, line)) => (issued, ledger.append(&line)),
            Err(error) => {
                // If this fails too, the next command undoes the change.
                drop(recover(layout, &lock));
                return Err(error);
            }
        };
        match appended {
            Ok(()) => {
                // Recorded: whatever stays of the journal, the next command removes.
                drop(journal.end());
                Ok(issued)
            }
            Err(error) => settled(issued, error, recover(layout, &lock)),
        }
    }

    fn next_serial(&self, entropy: &mut Entropy<'_>) -> Result<NextSerial, IssueError> {
        let path = &self.directory().layout().serial;
        let numbering = serial_file::read(path)?;
        let next = serial_file::next(&numbering, path, entropy)?;
        // A root that counts has taken a number itself; issuer and serial name one certificate.
        let own = self.authority().certificate();
        if !own.is_self_issued() || next.serial != *own.serial() {
            return Ok(next);
        }
        let after = match numbering {
            Numbering::Counting(value) => Numbering::Counting(value.saturating_add(1)),
            Numbering::Random => Numbering::Random,
        };
        Ok(serial_file::next(&after, path, entropy)?)
    }

    /// A serial file that was put back from a copy would make one serial stand for two certificates.
    /// What costs the same in every ledger is looked at: the files in the repository and the last
    /// line.
    fn refuse_used(
        &self,
        serial: &Serial,
        host: &HostName,
        ledger: &Appender<'_>,
    ) -> Result<(), IssueError> {
        let used = |found: String| {
            Err(IssueError::SerialUsed {
                serial: serial.clone(),
                path: self.directory().layout().serial.clone(),
                found,
            })
        };
        let paths = FileNames::new(serial, host)
            .all()
            .map(|n| self.directory().layout().repository.join(n));
        // Also because undoing a change removes the files of its serial: they must be its own.
        if let Some(path) = paths.iter().find(|path| path.symlink_metadata().is_ok()) {
            return used(path.display().to_string());
        }
        let last = ledger.last().map(|record| &record.serial);
        match (
            serial.counting_value(),
            last.and_then(Serial::counting_value),
        ) {
            (Some(next), Some(last)) if next <= last => {
                used(format!("the ledger, whose last line has {last:02X}"))
            }
            _ => Ok(()),
        }
    }
}

/// One change of a CA directory, under its lock.
struct Issuing<'a> {
    unlocked: &'a UnlockedDirectory,
    order: &'a IssueOrder,
    key: &'a ReadyKey<'a>,
    next: &'a NextSerial,
}

impl Issuing<'_> {
    /// All up to the line of the ledger, which it gives.
    fn write_files(
        &self,
        journal: &Journal,
        prepared: Prepared<'_>,
    ) -> Result<(IssuedFiles, String), IssueError> {
        let layout = self.unlocked.directory().layout();
        make_repository(&layout.repository)?;
        let after = serial_file::text(&self.next.file_after);
        journal.replace_number(NumberFile::Serial, &layout.serial, &after)?;
        let issued = prepared.sign()?;
        let host = self.order.request.host();
        let delivered = self.key.private_key().map(|key| {
            (
                key,
                &self.order.bundle_password,
                self.order.key_access.mode(),
            )
        });
        let files = BundleFiles::new(
            &issued.certificate,
            self.unlocked.authority(),
            host,
            delivered,
        )?;
        let line = Record::of_issued(&issued.certificate).to_line();
        let planned = Planned {
            serial: self.next.serial.clone(),
            line: line.clone(),
            files: files.names(),
        };
        journal.write_plan(&Plan::Issue(vec![planned]))?;
        files.write(&layout.repository)?;
        if let Some(path) = files.first_difference(&layout.repository)? {
            return Err(IssueError::ReadBack { path });
        }
        let issued = IssuedFiles {
            paths: files.paths(&layout.repository),
            certificate: issued.certificate,
            warnings: issued.warnings,
        };
        Ok((issued, line))
    }
}

/// What to answer when adding to the ledger failed. A line that could not be taken back is there all
/// the same; recovery has looked.
fn settled(
    issued: IssuedFiles,
    error: LedgerError,
    recovered: Result<Option<Recovered>, RecoverError>,
) -> Result<IssuedFiles, IssueError> {
    match recovered {
        Ok(Some(done)) if done.finished.contains(issued.certificate.serial()) => Ok(issued),
        // Where recovery failed too the journal stays, and the next command looks again.
        Ok(_) | Err(_) => Err(error.into()),
    }
}

impl<'a> ReadyKey<'a> {
    fn of(key: &'a HostKey) -> Result<Self, GenerateKeyError> {
        Ok(match key {
            HostKey::Generate(spec) => Self::Made(PrivateKey::generate(*spec)?),
            HostKey::Elsewhere(public_key) => Self::Elsewhere(public_key),
        })
    }

    fn public_key(&self) -> &PublicKey {
        match self {
            Self::Made(key) => key.public_key(),
            Self::Elsewhere(public_key) => public_key,
        }
    }

    fn private_key(&self) -> Option<&PrivateKey> {
        match self {
            Self::Made(key) => Some(key),
            Self::Elsewhere(_) => None,
        }
    }
}

impl KeyAccess {
    fn mode(self) -> PrivateMode {
        match self {
            Self::Owner => PrivateMode::Owner0600,
            Self::Group(group) => PrivateMode::Group0640(group),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::create::NewCa;
    use crate::directory::CaDirectory;
    use crate::durable::Doing;
    use std::path::Path;
    use trustpack_ca::request::CaRequest;

    fn issued(dir: &Path) -> IssuedFiles {
        let now = "2026-11-21T08:00:00Z".parse().unwrap();
        let request = CaRequest::new("CA").unwrap().with_key(KeySpec::EcP256);
        let key_password = None;
        let new = NewCa {
            request,
            key_password,
        };
        let mut entropy = Entropy::new(|| [1; 16]);
        let created = CaDirectory::create(dir, &new, now, &mut entropy).unwrap();
        let host = HostRequest::new("a.example.com".parse().unwrap());
        let order = IssueOrder::new(host, KeySpec::EcP256);
        created.unlocked.issue(&order, now, &mut entropy).unwrap()
    }

    #[test]
    fn the_ledger_decides_when_adding_to_it_failed() {
        let folder = tempfile::tempdir().unwrap();
        let issued = issued(folder.path());
        let serial = issued.certificate.serial().clone();
        let answer = |recovered| {
            let failed = std::io::ErrorKind::StorageFull;
            let error = FileError::new(Doing::Write, Path::new("ca.db"), failed);
            settled(issued.clone(), error.into(), Ok(recovered)).is_ok()
        };
        let mut recovered = Recovered::default();
        recovered.undone.push(serial.clone());
        assert!(!answer(Some(recovered.clone())));
        recovered.finished.push(serial);
        assert!(answer(Some(recovered)));
        assert!(!answer(None));
    }
}
