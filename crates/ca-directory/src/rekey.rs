//! `ca rekey`: a new key for the CA, under the same subject, so that no peer loses trust.
//!
//! A root signs crosses in both directions, and what hosts send gets them: a peer with the old CA alone or
//! with the new one alone accepts old and new certificates. What is kept of the old key is in
//! [`crate::retired`]. Invariant: everything changes in one step; of the old key nothing is lost, and it is
//! never less protected than it was.

use std::path::PathBuf;

use trustpack_ca::authority::Authority;
use trustpack_ca::crl_url::CrlUrl;
use trustpack_ca::cross::cross_sign;
use trustpack_ca::issue::{IssueError, Issued};
use trustpack_ca::renewal::{Renewal, renew_root};
use trustpack_ca::warning::Warning;
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::{
    EncryptKeyError, certificates_to_pem, private_key_to_encrypted_pem, private_key_to_pem,
};
use trustpack_keystore::private_file::PrivateMode;
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_keystore::private_key::{GenerateKeyError, PrivateKey};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;
use zeroize::Zeroizing;

use crate::certify::{CertifyError, Held, draw};
use crate::change::{Change, FileMode};
use crate::change_kind::ChangeKind;
use crate::change_target::{InvalidTarget, Target};
use crate::crl_urls;
use crate::directory::UnlockedDirectory;
use crate::durable;
use crate::entropy::Entropy;
use crate::host_chains::{Generation, Refreshed, refresh};
use crate::ledger::Appender;
use crate::renew::{RenewCaError, refuse_other_parent, serial_is_named, stage, stage_certificate};
use crate::retired::names::{KeyId, RetiredFile};
use crate::retired::{self, Crosses, RetiredError};
use crate::serial_file;

/// What the new key is.
#[derive(Debug)]
pub struct RekeyOrder<'a> {
    /// Its kind.
    pub key: KeySpec,
    /// Encrypts it; without a password it lies there open, protected by its permissions.
    pub key_password: Option<&'a Password>,
    /// Dates and digest of its certificate.
    pub renewal: Renewal,
    /// Where its revocation list will be; if none is said, where that of the key before is.
    pub crl_urls: &'a [CrlUrl],
}

/// A CA with a new key.
#[derive(Clone, Debug)]
pub struct Rekeyed {
    /// The new certificate.
    pub certificate: Certificate,
    /// The one of the key before.
    pub before: Certificate,
    /// The folder with what is kept of that key.
    pub retired: PathBuf,
    /// The crosses; none in an intermediate CA.
    pub crosses: Option<Crosses>,
    /// Host certificates whose files got the crosses.
    pub refreshed: usize,
    /// Those whose files hold something else, and were left.
    pub left: usize,
    /// Whether certificates name the serial of the CA certificate before; see
    /// [`crate::renew::Renewed::serial_is_named`].
    pub serial_is_named: bool,
    /// Peers that have nothing but the CA certificate of an older key, which ends then, do not accept what
    /// the key before signed any more.
    pub older_peers_until: Option<Timestamp>,
    /// Whether there was a revocation list, which the old key signed, so that the new one has none yet.
    pub list_retired: bool,
    /// What its asker should know.
    pub warnings: Vec<Warning>,
}

/// The CA has the key that it had.
#[derive(Debug, thiserror::Error)]
pub enum RekeyError {
    /// Its key.
    #[error(transparent)]
    Key(#[from] GenerateKeyError),
    /// The certificate.
    #[error(transparent)]
    Renew(#[from] RenewCaError),
    /// Signing and recording.
    #[error(transparent)]
    Certify(#[from] CertifyError),
    /// It has no name that a folder can have.
    #[error("the key that is replaced cannot be named")]
    Id(#[from] InvalidTarget),
    /// The new key could not be encrypted.
    #[error("the CA key cannot be encrypted")]
    Encrypt(#[from] EncryptKeyError),
    /// What is kept of other keys.
    #[error(transparent)]
    Retired(#[from] RetiredError),
    /// What is to be written into `ca.conf` has no place there.
    #[error(
        "{} cannot take another place of the revocation list: it has no section of extensions for what is issued, \
         or names that place in a way that is not known here", path.display()
    )]
    Config {
        /// The file.
        path: PathBuf,
    },
    /// A key of this name was replaced before.
    #[error("{} is there already: a key with this identifier was replaced before", path.display())]
    RetiredBefore {
        /// The folder.
        path: PathBuf,
    },
}

impl UnlockedDirectory {
    /// Gives the CA a new key: a root with crosses in both directions, an intermediate CA with a certificate
    /// from `parent`.
    ///
    /// # Errors
    ///
    /// [`RekeyError`]; the CA has the key that it had, and at most serials were skipped. Killed between the
    /// two folders, `parent` has a certificate on record that nobody uses.
    pub fn rekey(
        &self,
        parent: Option<&Self>,
        order: &RekeyOrder<'_>,
        now: Timestamp,
        entropy: &mut Entropy<'_>,
    ) -> Result<Rekeyed, RekeyError> {
        let before = self.authority().certificate();
        refuse_other_parent(before, parent)?;
        // Before the lock: making a key takes long.
        let key = PrivateKey::generate(order.key)?;
        let key_file = match order.key_password {
            Some(password) => Zeroizing::new(private_key_to_encrypted_pem(&key, password)?),
            None => private_key_to_pem(&key),
        };
        let held = Held::take(self).map_err(CertifyError::from)?;
        let id = self.free_id()?;
        let config = self.config_with(order.crl_urls)?;
        let (signed, mut change) = match parent {
            None => self.sign_root(&held, key, order.renewal, now, entropy)?,
            Some(parent) => {
                let key = key.public_key();
                let issued = parent.certify_again(before, key, order.renewal, now, entropy)?;
                let change = held.begin(self, ChangeKind::Rekey);
                (
                    self.of_intermediate(issued)?,
                    change.map_err(CertifyError::from)?,
                )
            }
        };
        let refreshed = match &signed.crosses {
            Some(crosses) => {
                let generations = self.generations(&signed.issued.certificate, crosses)?;
                refresh(self.directory(), &mut change, &generations, now)?
            }
            None => Refreshed::default(),
        };
        self.retire(&mut change, &id, &signed)?;
        if let Some(config) = &config {
            stage(&mut change, Target::Config, config.as_bytes())?;
        }
        let private = FileMode::Private(PrivateMode::ReadOnly0400);
        change
            .stage(Target::PrivateKey, key_file.as_bytes(), private)
            .map_err(CertifyError::from)?;
        stage_certificate(&mut change, &signed.issued.certificate, parent)?;
        let older = retired::list(self.directory().layout())?;
        let older = older.iter().filter(|key| key.crosses().is_some());
        let ends = older.map(|key| key.certificate().validity().not_after);
        let older_peers_until = ends.filter(|end| *end >= now).max();
        let list_retired = self.directory().layout().crl.exists();
        change.commit().map_err(CertifyError::from)?;
        Ok(Rekeyed {
            certificate: signed.issued.certificate,
            before: before.clone(),
            retired: self.directory().layout().retired(&id),
            crosses: signed.crosses,
            refreshed: refreshed.changed,
            left: refreshed.left,
            serial_is_named: serial_is_named(self.directory()),
            older_peers_until,
            list_retired,
            warnings: signed.issued.warnings,
        })
    }

    /// The text of `ca.conf` with another place of the revocation list, if one is named.
    fn config_with(&self, urls: &[CrlUrl]) -> Result<Option<String>, RekeyError> {
        if urls.is_empty() {
            return Ok(None);
        }
        let path = &self.directory().layout().config;
        let text = durable::read_if_there(path).map_err(CertifyError::from)?;
        let text = text.unwrap_or_default();
        let text = std::str::from_utf8(&text).ok();
        let new = text.and_then(|text| crl_urls::replaced_in(text, urls));
        let path = path.clone();
        new.map(Some).ok_or(RekeyError::Config { path })
    }

    /// The name under which the present key is kept.
    fn free_id(&self) -> Result<KeyId, RekeyError> {
        let id = KeyId::of(self.authority().certificate())?;
        let path = self.directory().layout().retired(&id);
        if path.symlink_metadata().is_ok() {
            return Err(RekeyError::RetiredBefore { path });
        }
        Ok(id)
    }

    /// Signs the new certificate of a root, and the crosses, which are recorded.
    fn sign_root(
        &self,
        held: &Held,
        key: PrivateKey,
        renewal: Renewal,
        now: Timestamp,
        entropy: &mut Entropy<'_>,
    ) -> Result<(Signed, Change<'_>), CertifyError> {
        let old = self.authority();
        let ([own, new_by_old, old_by_new], unspent) = draw(self, held, entropy)?;
        let mut signing = unspent.spend(held, ChangeKind::Rekey)?;
        let issued = renew_root(old.certificate(), &key, renewal, own, now)?;
        let new = Authority::new(key, issued.certificate.clone(), Vec::new())
            .map_err(IssueError::from)?;
        let crosses = Crosses {
            new_by_old: cross_sign(old, new.certificate(), new_by_old, now)?,
            old_by_new: cross_sign(&new, old.certificate(), old_by_new, now)?,
        };
        // In this order: the ledger says by it which key signed what.
        signing.record(&crosses.new_by_old)?;
        signing.record(&crosses.old_by_new)?;
        let signed = Signed {
            issued,
            last_serial: Some(crosses.new_by_old.serial().clone()),
            crosses: Some(crosses),
        };
        Ok((signed, signing.into_change()))
    }

    fn of_intermediate(&self, issued: Issued) -> Result<Signed, CertifyError> {
        let ledger = Appender::open(&self.directory().layout().ledger)?;
        Ok(Signed {
            issued,
            crosses: None,
            last_serial: ledger.last().map(|record| record.serial.clone()),
        })
    }

    /// All keys, the oldest first, as they will be.
    fn generations(
        &self,
        new: &Certificate,
        crosses: &Crosses,
    ) -> Result<Vec<Generation>, RekeyError> {
        let older = retired::list(self.directory().layout())?.into_iter();
        let older = older.map(|key| Generation {
            certificate: key.certificate().clone(),
            crosses: key.crosses().cloned(),
        });
        let present = Generation {
            certificate: self.authority().certificate().clone(),
            crosses: Some(crosses.clone()),
        };
        let new = Generation {
            certificate: new.clone(),
            crosses: None,
        };
        Ok(older.chain([present, new]).collect())
    }

    /// Prepares the folder of the key that is replaced.
    fn retire(
        &self,
        change: &mut Change<'_>,
        id: &KeyId,
        signed: &Signed,
    ) -> Result<(), RekeyError> {
        let target = |file| Target::Retired(id.clone(), file);
        let pem = |certificate| certificates_to_pem(std::slice::from_ref(certificate));
        let before = self.authority().certificate();
        let mut files = vec![(RetiredFile::Certificate, pem(before))];
        if let Some(crosses) = &signed.crosses {
            files.push((RetiredFile::NewByOld, pem(&crosses.new_by_old)));
            files.push((RetiredFile::OldByNew, pem(&crosses.old_by_new)));
        }
        if let Some(serial) = &signed.last_serial {
            files.push((RetiredFile::LastSerial, serial_file::text(serial)));
        }
        for (file, contents) in files {
            stage(change, target(file), contents.as_bytes())?;
        }
        let private = FileMode::Private(PrivateMode::ReadOnly0400);
        let kept = [
            (Target::PrivateKey, RetiredFile::PrivateKey, private),
            (
                Target::TrustStore,
                RetiredFile::TrustStore,
                FileMode::Public,
            ),
            (Target::Chain, RetiredFile::Chain, FileMode::Public),
            (Target::Crl, RetiredFile::Crl, FileMode::Public),
        ];
        for (old, file, mode) in kept {
            change
                .keep(&old, target(file), mode)
                .map_err(CertifyError::from)?;
        }
        change.remove(Target::Crl).map_err(CertifyError::from)?;
        Ok(())
    }
}

/// What was signed for the new key.
struct Signed {
    issued: Issued,
    crosses: Option<Crosses>,
    /// The last line of the ledger that belongs to the old key.
    last_serial: Option<Serial>,
}
