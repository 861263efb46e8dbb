//! Opening a CA directory that is there.
//!
//! Reading needs no lock. Opening finishes or undoes what an interrupted command left, unless a
//! command is at work just now.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use trustpack_ca::authority::{Authority, InvalidAuthority};
use trustpack_ca::crl_url::CrlUrl;
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::{
    ReadCertificatesError, ReadKeyError, read_certificates, read_private_key,
};
use trustpack_x509::certificate::Certificate;

use crate::crl_urls::{self, InvalidCrlUrls};
use crate::durable::{self, FileError};
use crate::founding::{ASIDE, clear_leftovers_under};
use crate::layout::Layout;
use crate::ledger::{self, LedgerError};
use crate::ledger_line::Record;
use crate::lock::{Lock, PlaceLock};
use crate::openssl_conf::OpensslConf;
use crate::own_keys::{OwnKeys, UnknownKeys};
use crate::recovery::{RecoverError, Recovered, recover};
use crate::retired::{self, RetiredError};

/// A CA directory, open for reading; the methods that change it take its lock.
#[derive(Clone, Debug)]
pub struct CaDirectory {
    layout: Layout,
    certificate: Certificate,
    chain: Vec<Certificate>,
    own_keys: Arc<OnceLock<Result<OwnKeys, UnknownKeys>>>,
    recovered: Option<Recovered>,
    waiting: fn(),
}

/// A CA directory with its key, which can issue. Only the key of the directory itself fits.
#[derive(Debug)]
pub struct UnlockedDirectory {
    directory: CaDirectory,
    authority: Authority,
}

/// A folder cannot be opened as a CA directory.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nothing of a CA is there.
    #[error("{} is no CA directory: it has no ca_conf", dir.display())]
    NoAuthority {
        /// The folder.
        dir: PathBuf,
    },
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
    /// What an interrupted command left.
    #[error("an interrupted change cannot be finished or undone")]
    Recover(#[from] RecoverError),
}

/// The key of a CA directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is encrypted, and there was no password.
    #[error("the CA key {} is encrypted; its password is needed", path.display())]
    PasswordNeeded {
        /// The file with the key.
        path: PathBuf,
    },
    /// Its contents.
    #[error("the CA key {} cannot be used", path.display())]
    Key {
        /// The file with the key.
        path: PathBuf,
        /// What is wrong with it.
        source: ReadKeyError,
    },
    /// `ca.conf` says where the revocation lists are, and it is not understood.
    #[error("{} cannot be used", path.display())]
    CrlUrls {
        /// The configuration.
        path: PathBuf,
        /// What is wrong with it.
        source: InvalidCrlUrls,
    },
    /// It is not that of the CA certificate, or that certificate may not sign.
    #[error("the CA key {} cannot be used", path.display())]
    Invalid {
        /// The file with the key.
        path: PathBuf,
        /// What does not fit.
        source: InvalidAuthority,
    },
    /// What is kept of keys that were replaced.
    #[error(transparent)]
    Retired(#[from] RetiredError),
}

impl CaDirectory {
    /// Opens the CA directory `dir`.
    ///
    /// # Errors
    ///
    /// [`OpenError`] when nothing is there, a certificate cannot be read, or an interrupted change
    /// can neither be finished nor undone.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        if dir.join(ASIDE).exists()
            && let Some(lock) = PlaceLock::try_take(dir)?
        {
            clear_leftovers_under(dir, &lock)?;
        }
        let layout = Layout::find(dir)?;
        if !layout.ca_conf.is_dir() {
            return Err(OpenError::NoAuthority {
                dir: dir.to_path_buf(),
            });
        }
        // First: an interrupted change may be about to replace what is read next.
        let recovered = recover_if_idle(&layout)?;
        let [certificate, rest @ ..] = &*read_chain(&layout.certificate)? else {
            return Err(OpenError::NoAuthority {
                dir: dir.to_path_buf(),
            });
        };
        let mut directory = Self::of(layout, certificate.clone());
        directory.chain = match directory.layout.chain.exists() {
            true => read_chain(&directory.layout.chain)?,
            false => rest.to_vec(),
        };
        directory.recovered = recovered;
        Ok(directory)
    }

    pub(crate) fn of(layout: Layout, certificate: Certificate) -> Self {
        Self::of_chain(layout, certificate, Vec::new())
    }

    /// `chain` are the certificates above, the nearest first.
    pub(crate) fn of_chain(
        layout: Layout,
        certificate: Certificate,
        chain: Vec<Certificate>,
    ) -> Self {
        Self {
            layout,
            certificate,
            chain,
            own_keys: Arc::default(),
            recovered: None,
            waiting: || {},
        }
    }

    /// Where its files are.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The CA certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The certificates above it, the nearest first.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Its keys, present and replaced, as they were when they were first asked for: who renews thousands asks for each.
    ///
    /// # Errors
    ///
    /// [`UnknownKeys`] when what is kept of a replaced key could not be read then.
    pub(crate) fn own_keys(&self) -> Result<&OwnKeys, UnknownKeys> {
        let keys = self.own_keys.get_or_init(|| Ok(OwnKeys::of(self)?));
        keys.as_ref().map_err(UnknownKeys::clone)
    }

    /// What became of an interrupted change that was found when it was opened.
    #[must_use]
    pub fn recovered(&self) -> Option<&Recovered> {
        self.recovered.as_ref()
    }

    /// Reads the CA key, which `password` opens if it is encrypted, so that the folder can issue.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`] when the key cannot be read or is not that of the CA certificate.
    pub fn unlock(&self, password: Option<&Password>) -> Result<UnlockedDirectory, AuthorityError> {
        let path = &self.layout.private_key;
        let file = durable::read(path)?;
        let key = read_private_key(&file, password).map_err(|source| {
            let path = path.clone();
            if source == ReadKeyError::Encrypted {
                AuthorityError::PasswordNeeded { path }
            } else {
                AuthorityError::Key { path, source }
            }
        })?;
        let mut chain = self.chain.clone();
        chain.extend(retired::crosses(&self.layout)?);
        let authority = Authority::new(key, self.certificate.clone(), chain).map_err(|source| {
            AuthorityError::Invalid {
                path: path.clone(),
                source,
            }
        })?;
        let authority = authority.with_crl_urls(self.crl_urls()?);
        Ok(UnlockedDirectory::of(self.clone(), authority))
    }

    /// Where its revocation lists are, as `ca.conf` says: what it issues carries that.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`] when `ca.conf` cannot be read, or says it in a way that is not known here.
    pub fn crl_urls(&self) -> Result<Vec<CrlUrl>, AuthorityError> {
        let path = &self.layout.config;
        let text = durable::read_if_there(path)?.unwrap_or_default();
        let conf = OpensslConf::read(&String::from_utf8_lossy(&text));
        crl_urls::of_config(&conf).map_err(|source| AuthorityError::CrlUrls {
            path: path.clone(),
            source,
        })
    }

    /// The same, which calls `waiting` before a change of it waits for another command that is changing it.
    #[must_use]
    pub fn telling(mut self, waiting: fn()) -> Self {
        self.waiting = waiting;
        self
    }

    /// The right to change it, as soon as nobody else does.
    pub(crate) fn lock(&self) -> Result<Lock, FileError> {
        Lock::take_telling(&self.layout.ca_conf, self.waiting)
    }

    /// Calls `each` for every record of the ledger, the oldest first, and stops at its first error.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] when the ledger cannot be read or a line is wrong; that of `each`.
    pub fn for_each_record<E: From<LedgerError>>(
        &self,
        each: impl FnMut(Record) -> Result<(), E>,
    ) -> Result<(), E> {
        ledger::for_each(&self.layout.ledger, each)
    }
}

impl UnlockedDirectory {
    /// `authority` must be that of `directory`.
    pub(crate) fn of(directory: CaDirectory, authority: Authority) -> Self {
        Self {
            directory,
            authority,
        }
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &CaDirectory {
        &self.directory
    }

    /// Its authority.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }
}

fn read_chain(path: &Path) -> Result<Vec<Certificate>, OpenError> {
    read_certificates(&durable::read(path)?).map_err(|source| OpenError::Certificate {
        path: path.to_path_buf(),
        source,
    })
}

/// Whoever holds the lock is changing the folder and cleans up behind himself.
fn recover_if_idle(layout: &Layout) -> Result<Option<Recovered>, OpenError> {
    if layout.pending().symlink_metadata().is_err() {
        return Ok(None);
    }
    match Lock::try_take(&layout.ca_conf)? {
        Some(lock) => Ok(recover(layout, &lock)?),
        None => Ok(None),
    }
}
