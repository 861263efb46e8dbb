//! Keys that `ca rekey` replaced: `ca_conf/retired/<key id>/`, one folder for each.
//!
//! `<key id>` is the subject key identifier of the old CA certificate in upper-case hexadecimal (that of
//! its key where it has none). In it:
//!
//! | file | what it is |
//! | --- | --- |
//! | `ca_cert.pem` | the CA certificate of the old key |
//! | `ca_chain.pem` | what stood above it; in an intermediate CA only |
//! | `ca_cert.pfx` | the trust store with it, for peers that have not got the new one |
//! | `ca_priv_key.pem` | the old key, 0400, encrypted as it was: it goes on signing the CRL that goes with its certificates |
//! | `new_by_old.pem` | the new key, signed by the old: peers with the old CA accept new certificates by it |
//! | `old_by_new.pem` | the old key, signed by the new: peers with the new CA accept old certificates by it |
//! | `last_serial` | serial of the last line of the ledger that belongs to the old key |
//! | `crl.pem` | the newest CRL that the old key signed |
//!
//! An intermediate CA has no cross certificates: the one above certified both keys, and that is what
//! peers trust. Numbers of CRLs are common to all keys of a CA (`ca_conf/crl_number`), so that none is
//! ever lower than one that a peer has seen. Each of these CRLs has the revocations of all keys: see
//! [`crate::crl`].
//!
//! Whose key signed what: the ledger keeps its order, so its lines up to and including `last_serial`
//! belong to that key or, further up, to one that was retired before; what follows belongs to the next.
//! A key without `last_serial` has none. Both cross certificates have lines of their own: that of
//! `new_by_old` is the last of the old key, that of `old_by_new` the first of the new.
//!
//! Invariant: [`list`] gives the keys in the order in which they were replaced, the oldest first.

use std::fs;
use std::path::{Path, PathBuf};

use trustpack_ca::authority::{Authority, InvalidAuthority};
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::{
    ReadCertificatesError, ReadKeyError, read_certificates, read_private_key,
};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::{InvalidSerial, Serial};

use crate::durable::{self, Doing, FileError};
use crate::layout::{self, Layout};

pub mod names;

use self::names::{KeyId, RetiredFile};

/// A key that was replaced, with what is kept of it.
#[derive(Clone, Debug)]
pub struct RetiredKey {
    id: KeyId,
    folder: PathBuf,
    certificate: Certificate,
    chain: Vec<Certificate>,
    crosses: Option<Crosses>,
    last_serial: Option<Serial>,
}

/// The two certificates by which peers with one key accept the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crosses {
    /// The key that came next, signed by this one.
    pub new_by_old: Certificate,
    /// This key, signed by the one that came next.
    pub old_by_new: Certificate,
}

/// What is kept of replaced keys cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RetiredError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A certificate.
    #[error("{} cannot be used", path.display())]
    Certificate {
        /// The file with it.
        path: PathBuf,
        /// What is wrong with it.
        source: ReadCertificatesError,
    },
    /// The serial.
    #[error("{} holds no serial number", path.display())]
    LastSerial {
        /// The file with it.
        path: PathBuf,
        /// What is there instead.
        source: InvalidSerial,
    },
    /// More keys than a CA ever has.
    #[error("{} has more than {MAX_RETIRED_KEYS} folders", path.display())]
    TooMany {
        /// The folder of all of them.
        path: PathBuf,
    },
    /// The key itself.
    #[error("the replaced key {} cannot be used", path.display())]
    Key {
        /// The file with it.
        path: PathBuf,
        /// What is wrong with it.
        source: ReadKeyError,
    },
    /// It is not that of its certificate.
    #[error("the replaced key {} cannot be used", path.display())]
    Authority {
        /// The file with it.
        path: PathBuf,
        /// What does not fit.
        source: InvalidAuthority,
    },
}

/// Keys that one CA can have had: our own limit, one a year for a century.
const MAX_RETIRED_KEYS: usize = 100;

/// The keys that were replaced, the oldest first. None in a CA that never was rekeyed.
///
/// # Errors
///
/// [`RetiredError`] when a folder there lacks its certificate, or a file cannot be read.
pub fn list(layout: &Layout) -> Result<Vec<RetiredKey>, RetiredError> {
    let all = layout.ca_conf.join(layout::RETIRED);
    let entries = match fs::read_dir(&all) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(FileError::new(Doing::Read, &all, error).into()),
    };
    let mut keys = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| FileError::new(Doing::Read, &all, error))?;
        // What has another name is none of ours.
        let id = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        if let Some(id) = id {
            if keys.len() == MAX_RETIRED_KEYS {
                return Err(RetiredError::TooMany { path: all });
            }
            keys.push(RetiredKey::read(layout, id)?);
        }
    }
    Ok(in_order(keys))
}

/// The certificates by which peers that trust a replaced key alone accept the present one: those of the
/// key replaced last come first.
pub(crate) fn crosses(layout: &Layout) -> Result<Vec<Certificate>, RetiredError> {
    let keys = list(layout)?.into_iter().rev();
    Ok(keys
        .filter_map(|key| Some(key.crosses?.new_by_old))
        .collect())
}

impl RetiredKey {
    fn read(layout: &Layout, id: KeyId) -> Result<Self, RetiredError> {
        let folder = layout.retired(&id);
        let file = |file: RetiredFile| folder.join(file.name());
        let [certificate, rest @ ..] = &*certificates(&file(RetiredFile::Certificate))? else {
            let path = file(RetiredFile::Certificate);
            let source = ReadCertificatesError::NoCertificate {
                found: "nothing".to_owned(),
            };
            return Err(RetiredError::Certificate { path, source });
        };
        let chain = file(RetiredFile::Chain);
        let chain = match chain.exists() {
            true => certificates(&chain)?,
            false => rest.to_vec(),
        };
        let cross = |kind| -> Result<Option<Certificate>, RetiredError> {
            let path = file(kind);
            match path.exists() {
                true => Ok(certificates(&path)?.into_iter().next()),
                false => Ok(None),
            }
        };
        let crosses = cross(RetiredFile::NewByOld)?.zip(cross(RetiredFile::OldByNew)?);
        Ok(Self {
            certificate: certificate.clone(),
            chain,
            crosses: crosses.map(|(new_by_old, old_by_new)| Crosses {
                new_by_old,
                old_by_new,
            }),
            last_serial: last_serial(&file(RetiredFile::LastSerial))?,
            id,
            folder,
        })
    }

    /// Its name: the subject key identifier.
    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// The CA certificate that it had.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The certificates above that, the nearest first.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The cross certificates; none in an intermediate CA.
    #[must_use]
    pub fn crosses(&self) -> Option<&Crosses> {
        self.crosses.as_ref()
    }

    /// The serial of the last line of the ledger that belongs to it; none if it signed nothing.
    #[must_use]
    pub fn last_serial(&self) -> Option<&Serial> {
        self.last_serial.as_ref()
    }

    /// Where a file of it is, or would be.
    #[must_use]
    pub fn path(&self, file: RetiredFile) -> PathBuf {
        self.folder.join(file.name())
    }

    /// Whether the key itself is still there: once its last certificate has ended it may go.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.path(RetiredFile::PrivateKey).exists()
    }

    /// Reads the key, which `password` opens if it is encrypted.
    ///
    /// # Errors
    ///
    /// [`RetiredError`] when the key is gone, cannot be read, or is not that of its certificate.
    pub fn unlock(&self, password: Option<&Password>) -> Result<Authority, RetiredError> {
        let path = self.path(RetiredFile::PrivateKey);
        let key = read_private_key(&durable::read(&path)?, password).map_err(|source| {
            let path = path.clone();
            RetiredError::Key { path, source }
        })?;
        Authority::new(key, self.certificate.clone(), self.chain.clone())
            .map_err(|source| RetiredError::Authority { path, source })
    }
}

/// Each cross certificate names the key that came next; without them the dates decide.
fn in_order(mut keys: Vec<RetiredKey>) -> Vec<RetiredKey> {
    keys.sort_by_key(|key| (key.certificate.validity().not_before, key.id.clone()));
    // The dates agree with the crosses unless a clock was wrong: put each before its successor.
    for _ in 0..keys.len().saturating_mul(keys.len()) {
        let misplaced = keys.windows(2).position(|pair| match pair {
            [first, second] => comes_next(second, first),
            _ => false,
        });
        match misplaced {
            Some(at) => keys.swap(at, at + 1),
            None => break,
        }
    }
    keys
}

/// Whether `second` is the key that took the place of `first`.
fn comes_next(first: &RetiredKey, second: &RetiredKey) -> bool {
    first
        .crosses()
        .is_some_and(|crosses| crosses.new_by_old.public_key() == second.certificate.public_key())
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, RetiredError> {
    read_certificates(&durable::read(path)?).map_err(|source| RetiredError::Certificate {
        path: path.to_path_buf(),
        source,
    })
}

fn last_serial(path: &Path) -> Result<Option<Serial>, RetiredError> {
    let Some(contents) = durable::read_if_there(path)? else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&contents);
    let serial = text.trim().parse();
    serial.map(Some).map_err(|source| RetiredError::LastSerial {
        path: path.to_path_buf(),
        source,
    })
}
