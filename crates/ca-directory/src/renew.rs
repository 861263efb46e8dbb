//! `ca renew`: the CA's next certificate, for the key that it has.
//!
//! Same subject, octet for octet, same key identifier: what was issued goes on being accepted by peers with
//! either certificate. The one before stays in `ca_conf/renewed/<serial>.pem`. Invariant: certificate, trust
//! store and chain change together or not at all.

use std::path::PathBuf;

use trustpack_ca::issue::Issued;
use trustpack_ca::renewal::{Renewal, prepare_renewal, renew_root};
use trustpack_ca::warning::Warning;
use trustpack_keystore::pem::{certificates_to_pem, read_certificates};
use trustpack_keystore::pkcs12::{self, WritePkcs12Error};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::time::Timestamp;

use crate::certify::{CertifyError, Held, draw};
use crate::change::{Change, ChangeError, FileMode};
use crate::change_kind::ChangeKind;
use crate::change_target::Target;
use crate::directory::{CaDirectory, UnlockedDirectory};
use crate::durable;
use crate::entropy::Entropy;
use crate::ledger::LedgerError;
use crate::ledger_line::State;
use crate::sub::all_above;

/// A CA with a new certificate.
#[derive(Clone, Debug)]
pub struct Renewed {
    /// The new certificate.
    pub certificate: Certificate,
    /// The one before.
    pub before: Certificate,
    /// Where that is kept.
    pub kept: PathBuf,
    /// Whether certificates name the serial of the one before, so that OpenSSL finds no path from them to
    /// the new one.
    pub serial_is_named: bool,
    /// What its asker should know.
    pub warnings: Vec<Warning>,
}

/// The CA has the certificate that it had.
#[derive(Debug, thiserror::Error)]
pub enum RenewCaError {
    /// It cannot sign its own.
    #[error(
        "{subject} is an intermediate CA; {issuer}, which is above it, has to sign its new certificate"
    )]
    NeedsParent {
        /// Its subject.
        subject: String,
        /// That of the one above.
        issuer: String,
    },
    /// Another stands above it.
    #[error("{parent} is not above {subject}; that is {issuer}")]
    OtherParent {
        /// What was given.
        parent: String,
        /// The CA.
        subject: String,
        /// What is above it.
        issuer: String,
    },
    /// Signing and recording.
    #[error(transparent)]
    Certify(#[from] CertifyError),
    /// The trust store.
    #[error("the trust store cannot be made")]
    TrustStore(#[from] WritePkcs12Error),
}

/// Certificates that are looked at for the serial they name. Ours name none, so those of an imported CA do,
/// which are the oldest.
const LOOKED_AT: usize = 1000;

impl UnlockedDirectory {
    /// Gives the CA a new certificate for its key: signed by itself, or, in an intermediate CA, by `parent`.
    ///
    /// # Errors
    ///
    /// [`RenewCaError`]; the CA has the certificate that it had, and at most a serial was skipped. Killed
    /// between the two folders, `parent` has a certificate on record that nobody uses.
    pub fn renew(
        &self,
        parent: Option<&Self>,
        renewal: Renewal,
        now: Timestamp,
        entropy: &mut Entropy<'_>,
    ) -> Result<Renewed, RenewCaError> {
        let before = self.authority().certificate();
        refuse_other_parent(before, parent)?;
        let held = Held::take(self).map_err(CertifyError::from)?;
        let key = self.authority().key();
        let (issued, mut change) = match parent {
            None => {
                let ([serial], unspent) = draw(self, &held, entropy)?;
                let signing = unspent.spend(&held, ChangeKind::Renew)?;
                let issued = renew_root(before, key, renewal, serial, now);
                let issued = issued.map_err(CertifyError::from)?;
                (issued, signing.into_change())
            }
            Some(parent) => {
                let issued =
                    parent.certify_again(before, key.public_key(), renewal, now, entropy)?;
                let change = held.begin(self, ChangeKind::Renew);
                (issued, change.map_err(CertifyError::from)?)
            }
        };
        let kept = Target::Renewed(before.serial().clone());
        let path = kept.path(self.directory().layout());
        let pem = certificates_to_pem(std::slice::from_ref(before));
        stage(&mut change, kept, pem.as_bytes())?;
        stage_certificate(&mut change, &issued.certificate, parent)?;
        change.commit().map_err(CertifyError::from)?;
        Ok(Renewed {
            serial_is_named: serial_is_named(self.directory()),
            certificate: issued.certificate,
            before: before.clone(),
            kept: path,
            warnings: issued.warnings,
        })
    }

    /// Signs the next certificate of an authority below this one, and records it.
    pub(crate) fn certify_again(
        &self,
        before: &Certificate,
        public_key: &PublicKey,
        renewal: Renewal,
        now: Timestamp,
        entropy: &mut Entropy<'_>,
    ) -> Result<Issued, CertifyError> {
        let held = Held::take(self)?;
        let ([serial], unspent) = draw(self, &held, entropy)?;
        let prepared = prepare_renewal(before, public_key, renewal, self.authority(), serial, now)?;
        let mut signing = unspent.spend(&held, ChangeKind::Certify)?;
        let issued = prepared.sign()?;
        signing.record(&issued.certificate)?;
        signing.commit()?;
        Ok(issued)
    }
}

/// A root signs its own certificate, another one has the one above do it.
pub(crate) fn refuse_other_parent(
    before: &Certificate,
    parent: Option<&UnlockedDirectory>,
) -> Result<(), RenewCaError> {
    let [subject, issuer] = [before.subject(), before.issuer()].map(ToString::to_string);
    let above = parent.map(|parent| parent.authority().certificate().subject());
    match above {
        None if before.is_self_issued() => Ok(()),
        None => Err(RenewCaError::NeedsParent { subject, issuer }),
        Some(parent) if parent == before.issuer() && !before.is_self_issued() => Ok(()),
        Some(parent) => Err(RenewCaError::OtherParent {
            parent: parent.to_string(),
            subject,
            issuer,
        }),
    }
}

/// Prepares the files that hold the CA's own certificate and those above it.
pub(crate) fn stage_certificate(
    change: &mut Change<'_>,
    certificate: &Certificate,
    parent: Option<&UnlockedDirectory>,
) -> Result<(), RenewCaError> {
    let own = std::slice::from_ref(certificate);
    let store = pkcs12::write_trust_store(own)?;
    stage(
        change,
        Target::Certificate,
        certificates_to_pem(own).as_bytes(),
    )?;
    stage(change, Target::TrustStore, &store)?;
    if let Some(parent) = parent {
        let chain = certificates_to_pem(&all_above(parent.authority()));
        stage(change, Target::Chain, chain.as_bytes())?;
    }
    Ok(())
}

pub(crate) fn stage(
    change: &mut Change<'_>,
    target: Target,
    contents: &[u8],
) -> Result<(), CertifyError> {
    Ok(change.stage(target, contents, FileMode::Public)?)
}

/// Ends the reading of the ledger: it is known, or cannot be.
struct Enough;

impl From<LedgerError> for Enough {
    fn from(_: LedgerError) -> Self {
        Self
    }
}

/// Whether certificates that still count name the serial of the CA certificate beside its key.
pub(crate) fn serial_is_named(directory: &CaDirectory) -> bool {
    let mut left = LOOKED_AT;
    let mut named = false;
    // Only a hint is lost where the ledger or a copy cannot be read.
    drop(directory.for_each_record(|record| {
        if left == 0 || named {
            return Err(Enough);
        }
        if record.state == State::Valid {
            left -= 1;
            let copy = durable::read(&directory.layout().ledger_copy(&record.serial)).ok();
            let copy = copy.and_then(|file| read_certificates(&file).ok());
            named = copy.iter().flatten().any(|certificate| {
                let id = certificate.extensions().authority_key_id.as_ref();
                id.is_some_and(|id| id.serial.is_some())
            });
        }
        Ok(())
    }));
    named
}

impl From<ChangeError> for RenewCaError {
    fn from(error: ChangeError) -> Self {
        Self::Certify(error.into())
    }
}
