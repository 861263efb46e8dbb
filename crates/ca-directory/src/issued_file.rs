//! A file with a certificate that this CA issued, given by somebody instead of its serial.
//!
//! Invariant: a certificate that is given out was signed by a key of this CA, present or replaced.

use std::path::{Path, PathBuf};

use trustpack_judge::folded_name;
use trustpack_judge::signature::SignatureError;
use trustpack_keystore::contents::{self, ReadContentsError};
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::password::Passwords;
use trustpack_x509::certificate::Certificate;

use crate::directory::CaDirectory;
use crate::durable::{Doing, FileError, MAX_SMALL_FILE_BYTES};
use crate::own_keys::{Issued, UnknownKeys};

/// A file does not hold a certificate of this CA.
#[derive(Debug, thiserror::Error)]
pub enum NotIssued {
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its contents.
    #[error("{} cannot be read", path.display())]
    Contents {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ReadContentsError,
    },
    /// There is no certificate in it.
    #[error("{} holds no certificate", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// Another authority issued it.
    #[error("{} was issued by {issuer}, not by this CA, {ca}", path.display())]
    OtherIssuer {
        /// The file.
        path: PathBuf,
        /// Whose certificate it says it is.
        issuer: String,
        /// The subject of this CA.
        ca: String,
    },
    /// It names this CA, and was signed by something else.
    #[error("{} says that {ca} issued it, but no key of this CA signed it", path.display())]
    OtherKey {
        /// The file.
        path: PathBuf,
        /// The subject of this CA.
        ca: String,
    },
    /// It names this CA, and its signature is of a kind that is not verified here.
    #[error("{} says that {ca} issued it, and whether a key of this CA signed it cannot be told", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The subject of this CA.
        ca: String,
        /// Why it is not verified.
        source: SignatureError,
    },
    /// The keys of this CA.
    #[error(transparent)]
    Keys(#[from] UnknownKeys),
}

impl CaDirectory {
    /// The certificate in a file, the first if there are more, which this CA must have issued.
    ///
    /// # Errors
    ///
    /// [`NotIssued`] when there is none, or somebody else issued it.
    pub fn issued_in(&self, path: &Path) -> Result<Certificate, NotIssued> {
        let path_buf = || path.to_path_buf();
        let read = limited_file::read(path, MAX_SMALL_FILE_BYTES, Accepted::AnySource);
        let file = read.map_err(|error| FileError::new(Doing::Read, path, error))?;
        let contents = contents::read(&file.bytes, &Passwords::none()).map_err(|source| {
            NotIssued::Contents {
                path: path_buf(),
                source,
            }
        })?;
        let certificate = contents.only_certificates().next().cloned();
        let certificate =
            certificate.ok_or_else(|| NotIssued::NoCertificate { path: path_buf() })?;
        let ca = self.certificate().subject();
        if !folded_name::same(certificate.issuer(), ca) {
            return Err(NotIssued::OtherIssuer {
                path: path_buf(),
                issuer: certificate.issuer().to_string(),
                ca: ca.to_string(),
            });
        }
        match self.issued(&certificate)? {
            Issued::Yes => Ok(certificate),
            Issued::No => Err(NotIssued::OtherKey {
                path: path_buf(),
                ca: ca.to_string(),
            }),
            Issued::Unknown(source) => Err(NotIssued::Unknown {
                path: path_buf(),
                ca: ca.to_string(),
                source,
            }),
        }
    }
}
