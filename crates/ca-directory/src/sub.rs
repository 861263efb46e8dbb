//! Authorities below the one of a folder: as a new CA directory, or for somebody else's request.
//!
//! Two folders change. The one above records the certificate first; killed before the new folder is in
//! place, there is a certificate on record that nobody has the key of, and no certificate that is not on
//! record. Invariant: a new CA directory is put in place whole.

use std::path::{Path, PathBuf};

use trustpack_ca::authority::{Authority, InvalidAuthority};
use trustpack_ca::request::CaRequest;
use trustpack_ca::subordinate::prepare_subordinate;
use trustpack_ca::warning::Warning;
use trustpack_keystore::private_key::{GenerateKeyError, PrivateKey};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use crate::certify::{CertifyError, Held, draw};
use crate::change_kind::ChangeKind;
use crate::create::{CreateError, Created, NewCa, build};
use crate::directory::{CaDirectory, UnlockedDirectory};
use crate::entropy::Entropy;
use crate::founding::{Founding, FoundingError, refuse_existing};
use crate::repository_file::HostLabel;

/// The certificate of an authority whose key is elsewhere.
#[derive(Clone, Debug)]
pub struct CertifiedAuthority {
    /// The certificate.
    pub certificate: Certificate,
    /// The file with it and what is between it and the root: for its holder.
    pub file: PathBuf,
    /// What its asker should know.
    pub warnings: Vec<Warning>,
}

/// There is no new authority.
#[derive(Debug, thiserror::Error)]
pub enum SubError {
    /// The new folder.
    #[error(transparent)]
    Place(#[from] FoundingError),
    /// Its key.
    #[error(transparent)]
    Key(#[from] GenerateKeyError),
    /// The authority above refused, or could not sign or record.
    #[error(transparent)]
    Certify(#[from] CertifyError),
    /// What was signed is no authority.
    #[error(transparent)]
    Authority(#[from] InvalidAuthority),
    /// The files of the new folder.
    #[error(transparent)]
    Build(#[from] CreateError),
}

impl UnlockedDirectory {
    /// Makes a new CA directory in `dir` for an authority below this one.
    ///
    /// # Errors
    ///
    /// [`SubError`]; there is no new folder. A serial of this folder may have been skipped, or, where
    /// putting the new folder in place failed at the end, spent on a certificate without a holder.
    pub fn create_sub(
        &self,
        dir: &Path,
        new: &NewCa,
        now: Timestamp,
        entropy: &mut Entropy<'_>,
    ) -> Result<Created, SubError> {
        refuse_existing(dir)?;
        // Before the lock: making a key takes long.
        let key = PrivateKey::generate(new.request.key())?;
        let founding = Founding::begin(dir)?;
        let held = Held::take(self).map_err(CertifyError::from)?;
        let ([serial], unspent) = draw(self, &held, entropy)?;
        let above = self.authority();
        let prepared = prepare_subordinate(&new.request, key.public_key(), above, serial, now)
            .map_err(CertifyError::from)?;
        let mut signing = unspent.spend(&held, ChangeKind::Certify)?;
        let issued = prepared.sign().map_err(CertifyError::from)?;
        signing.record(&issued.certificate)?;
        let authority = Authority::new(key, issued.certificate, all_above(above))?
            .with_crl_urls(new.request.crl_urls().to_vec());
        let next_serial = Serial::from_random(entropy.draw());
        build(&founding.aside(), new, &authority, &next_serial)?;
        signing.commit().map_err(CertifyError::from)?;
        let layout = founding.finish()?;
        let certificate = authority.certificate().clone();
        let directory = CaDirectory::of_chain(layout, certificate, all_above(above));
        Ok(Created {
            unlocked: Self::of(directory, authority),
            warnings: issued.warnings,
        })
    }

    /// Signs the certificate of an authority below this one, for a key that is elsewhere.
    ///
    /// # Errors
    ///
    /// [`CertifyError`]; nothing was recorded, and at most a serial was skipped.
    pub fn certify_sub(
        &self,
        request: &CaRequest,
        public_key: &PublicKey,
        now: Timestamp,
        entropy: &mut Entropy<'_>,
    ) -> Result<CertifiedAuthority, CertifyError> {
        let held = Held::take(self)?;
        let ([serial], unspent) = draw(self, &held, entropy)?;
        let prepared = prepare_subordinate(request, public_key, self.authority(), serial, now)?;
        let mut signing = unspent.spend(&held, ChangeKind::Certify)?;
        let issued = prepared.sign()?;
        signing.record(&issued.certificate)?;
        let label = label_of(&issued.certificate);
        let sent = signing.stage_sent(&issued, label)?;
        signing.commit()?;
        Ok(CertifiedAuthority {
            file: sent.path(self.directory().layout()),
            certificate: issued.certificate,
            warnings: issued.warnings,
        })
    }
}

/// The certificates above an authority below this one: its own, those above, and the crosses.
pub(crate) fn all_above(authority: &Authority) -> Vec<Certificate> {
    std::iter::once(authority.certificate())
        .chain(authority.chain())
        .chain(authority.crosses())
        .cloned()
        .collect()
}

/// What of the common name can stand in a file name.
fn label_of(certificate: &Certificate) -> HostLabel {
    let name = certificate.subject().common_name().unwrap_or_default();
    HostLabel::of_text(name, "ca")
}
