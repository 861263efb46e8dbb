//! Signing a certificate of an authority: under the lock, with a serial that is spent, recorded in the
//! ledger with its copy in the repository.
//!
//! For authorities below, for the renewal of one of them, and for cross certificates; hosts are issued in
//! batches ([`crate::batch`]). Invariant: a serial is on disk as used before anything is signed with it.

use trustpack_ca::issue::Issued;
use trustpack_ca::renewal::RenewError;
use trustpack_keystore::pem::certificates_to_pem;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::Serial;

use crate::change::{Change, ChangeError, FileMode};
use crate::change_kind::ChangeKind;
use crate::change_target::Target;
use crate::directory::UnlockedDirectory;
use crate::durable::FileError;
use crate::entropy::Entropy;
use crate::founding::make_repository;
use crate::fresh_serials::{DrawnSerials, FreshSerials};
use crate::issue::IssueError;
use crate::journal::NumberFile;
use crate::ledger::{Appender, LedgerError};
use crate::ledger_line::Record;
use crate::lock::Lock;
use crate::recovery::{RecoverError, recover};
use crate::repository_file::HostLabel;

/// A certificate of an authority was not signed, or not recorded.
#[derive(Debug, thiserror::Error)]
pub enum CertifyError {
    /// The folder, or its serial.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The authority refused, or could not sign.
    #[error(transparent)]
    Refused(#[from] RenewError),
    /// The change.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

/// The lock of a folder in which a certificate of an authority is to be signed.
pub(crate) struct Held(Lock);

/// Serials for what is to be signed, not yet spent: nothing was written.
pub(crate) struct Unspent<'a> {
    unlocked: &'a UnlockedDirectory,
    serials: FreshSerials,
}

/// A change in which something is signed; its serials are spent.
pub(crate) struct Signing<'a> {
    unlocked: &'a UnlockedDirectory,
    change: Change<'a>,
}

impl Held {
    /// Takes the lock, waiting for others; settles what an interrupted command left.
    pub(crate) fn take(unlocked: &UnlockedDirectory) -> Result<Self, IssueError> {
        let layout = unlocked.directory().layout();
        let lock = unlocked.directory().lock()?;
        recover(layout, &lock)?;
        unlocked.refuse_another_authority()?;
        Ok(Self(lock))
    }

    /// Begins a change in which this folder signs nothing.
    pub(crate) fn begin<'a>(
        &self,
        unlocked: &'a UnlockedDirectory,
        kind: ChangeKind,
    ) -> Result<Change<'a>, FileError> {
        Change::begin(unlocked.directory().layout(), &self.0, kind)
    }
}

/// Draws serials: as many as the caller takes.
#[expect(clippy::expect_used, reason = "as many are drawn as are asked for")]
pub(crate) fn draw<'a, const COUNT: usize>(
    unlocked: &'a UnlockedDirectory,
    _held: &Held,
    entropy: &mut Entropy<'_>,
) -> Result<([Serial; COUNT], Unspent<'a>), CertifyError> {
    let drawn = DrawnSerials::draw(unlocked, COUNT, entropy)?;
    let each = <[Serial; COUNT]>::try_from(drawn.each().to_vec()).expect("so many serials");
    let layout = unlocked.directory().layout();
    let ledger = Appender::open(&layout.ledger)?;
    let serials = drawn.refuse_used(layout, &ledger, |_, _| None)?;
    Ok((each, Unspent { unlocked, serials }))
}

impl<'a> Unspent<'a> {
    /// Begins the change: from here on they are used, whatever becomes of it.
    pub(crate) fn spend(self, held: &Held, kind: ChangeKind) -> Result<Signing<'a>, CertifyError> {
        let layout = self.unlocked.directory().layout();
        make_repository(&layout.repository)?;
        let mut change = Change::begin(layout, &held.0, kind)?;
        change.move_number(NumberFile::Serial, &self.serials.file_after())?;
        Ok(Signing {
            unlocked: self.unlocked,
            change,
        })
    }
}

impl<'a> Signing<'a> {
    /// The change, for what else it puts in place.
    pub(crate) fn into_change(self) -> Change<'a> {
        self.change
    }

    /// Prepares the copy of a certificate that was signed, and its line.
    pub(crate) fn record(&mut self, certificate: &Certificate) -> Result<(), CertifyError> {
        let pem = certificates_to_pem(std::slice::from_ref(certificate));
        let copy = Target::LedgerCopy(certificate.serial().clone());
        self.change.stage(copy, pem.as_bytes(), FileMode::Public)?;
        self.change.record(&Record::of_issued(certificate));
        Ok(())
    }

    /// Prepares the file that its holder sends: the certificate and what is between it and the root.
    pub(crate) fn stage_sent(
        &mut self,
        issued: &Issued,
        label: HostLabel,
    ) -> Result<Target, CertifyError> {
        let authority = self.unlocked.authority();
        let above = std::iter::once(authority.certificate()).chain(authority.chain());
        let sent: Vec<Certificate> = std::iter::once(&issued.certificate)
            .chain(above.filter(|above| !above.is_self_issued()))
            .chain(authority.crosses())
            .cloned()
            .collect();
        let target = Target::HostCertificate(issued.certificate.serial().clone(), label);
        let pem = certificates_to_pem(&sent);
        self.change
            .stage(target.clone(), pem.as_bytes(), FileMode::Public)?;
        Ok(target)
    }

    /// Makes the change. After [`ChangeError::Unfinished`] it counts as made.
    pub(crate) fn commit(self) -> Result<(), ChangeError> {
        self.change.commit()
    }
}

impl From<FileError> for CertifyError {
    fn from(error: FileError) -> Self {
        Self::Issue(error.into())
    }
}

impl From<LedgerError> for CertifyError {
    fn from(error: LedgerError) -> Self {
        Self::Issue(error.into())
    }
}

impl From<RecoverError> for CertifyError {
    fn from(error: RecoverError) -> Self {
        Self::Issue(error.into())
    }
}

impl From<trustpack_ca::issue::IssueError> for CertifyError {
    fn from(error: trustpack_ca::issue::IssueError) -> Self {
        Self::Issue(error.into())
    }
}
