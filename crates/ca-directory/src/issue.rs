//! Issuing a host certificate: from an order to its files and its line in the ledger.
//!
//! What can be refused is refused before anything is written. Invariant: a certificate is reported
//! only after its files were opened again and compared, and its line is on disk.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use trustpack_ca::request::HostRequest;
use trustpack_ca::warning::Warning;
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::read_certificates;
use trustpack_keystore::pkcs12::WritePkcs12Error;
use trustpack_keystore::private_file::PrivateMode;
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_keystore::private_key::{GenerateKeyError, PrivateKey};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use crate::batch_chunk::{Ready, ReadyKey, issue_chunk};
use crate::bundle_files::IssuedPaths;
use crate::directory::UnlockedDirectory;
use crate::durable::{self, FileError};
use crate::entropy::Entropy;
use crate::ledger::LedgerError;
use crate::recovery::RecoverError;
use crate::renewable::NotRenewable;
use crate::serial_file::SerialFileError;

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
    /// The certificate whose successor it becomes; refused if that one has been revoked.
    pub renews: Option<Serial>,
}

/// The key of a host certificate.
#[derive(Debug)]
pub enum HostKey {
    /// Made here.
    Generate(KeySpec),
    /// This one, which a certificate had before.
    Kept(PrivateKey),
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
    /// The certificate whose successor it would be.
    #[error(transparent)]
    NotRenewable(#[from] NotRenewable),
    /// The PKCS#12 file.
    #[error("the PKCS#12 file cannot be made")]
    Pkcs12(#[from] WritePkcs12Error),
    /// The CA in the folder is another than the one that was opened.
    #[error(
        "{} is another certificate now than when this command began: the CA was renewed, or got a new key",
        path.display()
    )]
    AuthorityChanged {
        /// The file with the CA certificate.
        path: PathBuf,
    },
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
            renews: None,
        }
    }
}

impl UnlockedDirectory {
    /// Issues one certificate and writes its files.
    ///
    /// `now` is the time of signing, UTC. Waits for another command that is changing the folder.
    ///
    /// # Errors
    ///
    /// [`IssueError`]; no certificate was recorded and none of its files is left, or, where the disk
    /// let even that fail, the next command finishes or undoes the change. In a folder that counts, a
    /// serial may have been skipped: one that may have been signed is not given again.
    pub fn issue(
        &self,
        order: &IssueOrder,
        now: Timestamp,
        entropy: &mut Entropy<'_>,
    ) -> Result<IssuedFiles, IssueError> {
        // Before the lock: making a key takes long.
        let key = ReadyKey::of(&order.key)?;
        let chunk = [Ready { order, key }];
        let outcomes = issue_chunk(self, &chunk, now, entropy, NonZeroUsize::MIN)?;
        the_only(outcomes)
    }

    /// Under the lock: whoever changed the CA since it was opened has made the key at hand an old one.
    pub(crate) fn refuse_another_authority(&self) -> Result<(), IssueError> {
        let path = &self.directory().layout().certificate;
        let there = read_certificates(&durable::read(path)?);
        match there.as_deref() {
            Ok([first, ..]) if first == self.authority().certificate() => Ok(()),
            Ok(_) | Err(_) => Err(IssueError::AuthorityChanged { path: path.clone() }),
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "a chunk gives one outcome for each of its orders"
)]
fn the_only<T>(outcomes: Vec<T>) -> T {
    outcomes
        .into_iter()
        .next()
        .expect("the outcome of the one order")
}

impl KeyAccess {
    /// The same as permissions of a file.
    #[must_use]
    pub fn mode(self) -> PrivateMode {
        match self {
            Self::Owner => PrivateMode::Owner0600,
            Self::Group(group) => PrivateMode::Group0640(group),
        }
    }
}
