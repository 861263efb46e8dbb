//! The list that is there: of this key, and readable, or not.
//!
//! Invariant: what it says counts only if the key signed it.

use std::path::{Path, PathBuf};

use trustpack_ca::authority::Authority;
use trustpack_judge::signature::danger_verify;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::time::Timestamp;

use super::list_file::{self, InvalidListFile};
use super::warning::ListWarning;
use crate::durable::FileError;

/// What stands where a list is to be.
#[derive(Clone, Debug)]
pub enum Present {
    /// Nothing.
    Missing,
    /// A list that this key signed.
    Ours(RevocationList),
    /// A list that it did not sign.
    Foreign {
        /// Where.
        path: PathBuf,
    },
    /// No list.
    Unreadable {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        source: InvalidListFile,
    },
}

impl Present {
    pub(super) fn read(path: &Path, authority: &Authority) -> Result<Self, FileError> {
        Self::of(path, authority.certificate())
    }

    /// Reads the list at `path`, which the key of `certificate` should have signed.
    ///
    /// # Errors
    ///
    /// [`FileError`] when there is something that cannot be read.
    pub fn of(path: &Path, certificate: &Certificate) -> Result<Self, FileError> {
        let path_buf = || path.to_path_buf();
        Ok(match list_file::read(path)? {
            None => Self::Missing,
            Some(Ok(list)) if is_signed_by(&list, certificate) => Self::Ours(list),
            Some(Ok(_)) => Self::Foreign { path: path_buf() },
            Some(Err(source)) => Self::Unreadable {
                path: path_buf(),
                source,
            },
        })
    }

    /// When the list was made that may let entries go.
    pub(super) fn this_update(&self) -> Option<Timestamp> {
        match self {
            Self::Ours(list) => Some(list.this_update()),
            Self::Missing | Self::Foreign { .. } | Self::Unreadable { .. } => None,
        }
    }

    pub(super) fn warnings(&self, now: Timestamp) -> Vec<ListWarning> {
        match self {
            Self::Ours(list) if list.this_update() > now => vec![ListWarning::FromFuture {
                this_update: list.this_update(),
            }],
            Self::Missing | Self::Ours(_) => Vec::new(),
            Self::Foreign { path } => vec![ListWarning::Foreign { path: path.clone() }],
            Self::Unreadable { path, source } => vec![ListWarning::Unreadable {
                path: path.clone(),
                reason: source.to_string(),
            }],
        }
    }
}

/// SHA-1 is taken: it may be our own, and nothing but our own is asked.
fn is_signed_by(list: &RevocationList, certificate: &Certificate) -> bool {
    list.issuer() == certificate.subject()
        && danger_verify(
            certificate.public_key(),
            list.signature_algorithm(),
            list.tbs_der(),
            list.signature(),
        )
        .is_ok()
}
