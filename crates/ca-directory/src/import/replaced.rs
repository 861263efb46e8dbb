//! The keys that a folder like ours replaced: its `retired`, taken over as it is.
//!
//! They go on signing the lists of their own certificates, and those are brought by them. Invariant: what comes is a
//! CA certificate of the same subject under the name of its key, with the files that [`crate::retired`] knows; the rest
//! stays, and is said.

use std::io;
use std::path::{Path, PathBuf};

use trustpack_keystore::pem::{ReadKeyError, read_certificates, read_private_key};
use trustpack_keystore::private_file::PrivateMode;
use trustpack_x509::certificate::Certificate;

use super::ImportError;
use super::confined::{Confined, SourceError};
use super::report::LeftOut;
use crate::check::whole_message;
use crate::durable;
use crate::layout;
use crate::retired::names::{KeyId, RetiredFile};

/// The keys of a source that were replaced.
#[derive(Debug, Default)]
pub(super) struct Replaced {
    /// The folder with all of them, where the source is one that has such a folder.
    pub(super) place: Option<PathBuf>,
    pub(super) keys: Vec<ReplacedKey>,
    pub(super) left_out: Vec<LeftOut>,
}

/// One of them.
#[derive(Debug)]
pub(super) struct ReplacedKey {
    id: KeyId,
    /// Where its files are in the source.
    folder: PathBuf,
    pub(super) certificate: Certificate,
    pub(super) chain: Vec<Certificate>,
}

impl Replaced {
    /// Looks through the folder with all of them, which need not be there.
    pub(super) fn read(
        source: &Confined,
        all: &Path,
        authority: &Certificate,
    ) -> Result<Self, SourceError> {
        let mut replaced = Self {
            place: Some(all.to_path_buf()),
            ..Self::default()
        };
        let folders = match source.entries(all) {
            Err(SourceError::Outside(outside)) => {
                replaced.left_out.push(LeftOut {
                    path: all.to_path_buf(),
                    reason: outside.to_string(),
                });
                return Ok(replaced);
            }
            folders => folders?,
        };
        for folder in folders {
            let reason = match ReplacedKey::read(source, &folder, authority) {
                Ok(key) => {
                    replaced.keys.push(key);
                    continue;
                }
                Err(Stays::Because(reason)) => reason,
                Err(Stays::Source(SourceError::Outside(outside))) => outside.to_string(),
                Err(Stays::Source(error)) => return Err(error),
            };
            let path = folder;
            replaced.left_out.push(LeftOut { path, reason });
        }
        Ok(replaced)
    }

    /// Writes their folders into the new `ca_conf`.
    pub(super) fn write(&self, source: &Confined, ca_conf: &Path) -> Result<(), ImportError> {
        if self.keys.is_empty() {
            return Ok(());
        }
        let all = ca_conf.join(layout::RETIRED);
        durable::create_folder(&all, 0o700)?;
        for key in &self.keys {
            let to = all.join(key.id.to_string());
            durable::create_folder(&to, 0o700)?;
            for file in RetiredFile::ALL {
                bring(source, &key.folder.join(file.name()), file, &to)?;
            }
            durable::sync_folder(&to)?;
        }
        Ok(durable::sync_folder(&all)?)
    }
}

/// Why one does not come.
enum Stays {
    /// It is none of ours.
    Because(String),
    /// It cannot be read.
    Source(SourceError),
}

impl From<SourceError> for Stays {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

fn because(reason: impl Into<String>) -> Stays {
    Stays::Because(reason.into())
}

impl ReplacedKey {
    fn read(source: &Confined, folder: &Path, authority: &Certificate) -> Result<Self, Stays> {
        let name = folder.file_name().and_then(|name| name.to_str());
        let id: KeyId = name
            .and_then(|name| name.parse().ok())
            .ok_or_else(|| because("it has not the name of a key that was replaced"))?;
        for file in RetiredFile::ALL {
            // What leads out is told before anything is written.
            drop(source.open_large(&folder.join(file.name()))?);
        }
        let own = certificates(source, folder, RetiredFile::Certificate)?;
        let own = own.unwrap_or_default();
        let (certificate, rest) = own
            .split_first()
            .ok_or_else(|| because("its CA certificate is missing"))?;
        if certificate.subject() != authority.subject() {
            let found = certificate.subject();
            return Err(because(format!("its CA certificate is that of {found}")));
        }
        if KeyId::of(certificate).as_ref() != Ok(&id) {
            return Err(because("its CA certificate is for another key"));
        }
        look_at_key(source, folder, certificate)?;
        let chain = certificates(source, folder, RetiredFile::Chain)?;
        Ok(Self {
            id,
            folder: folder.to_path_buf(),
            certificate: certificate.clone(),
            chain: chain.unwrap_or_else(|| rest.to_vec()),
        })
    }
}

/// The certificates in a file that may be missing.
fn certificates(
    source: &Confined,
    folder: &Path,
    file: RetiredFile,
) -> Result<Option<Vec<Certificate>>, Stays> {
    let read = source.read(&folder.join(file.name()))?;
    let read = read.map(|read| read_certificates(&read)).transpose();
    read.map_err(|error| {
        let (name, error) = (file.name(), whole_message(&error));
        because(format!("its {name} cannot be used: {error}"))
    })
}

/// The key may be gone, and may be encrypted as that of the CA; it is that of its certificate.
fn look_at_key(source: &Confined, folder: &Path, certificate: &Certificate) -> Result<(), Stays> {
    let Some(key) = source.read(&folder.join(RetiredFile::PrivateKey.name()))? else {
        return Ok(());
    };
    match read_private_key(&key, None) {
        Ok(key) if !key.matches(certificate) => {
            Err(because("its private key is not that of its CA certificate"))
        }
        Ok(_) | Err(ReadKeyError::Encrypted) => Ok(()),
        Err(error) => {
            let error = whole_message(&error);
            Err(because(format!("its private key cannot be used: {error}")))
        }
    }
}

/// Copies one file, if it is there.
fn bring(
    source: &Confined,
    from: &Path,
    file: RetiredFile,
    folder: &Path,
) -> Result<(), ImportError> {
    let to = folder.join(file.name());
    match file {
        RetiredFile::PrivateKey => {
            if let Some(key) = source.read(from)? {
                durable::create_private(&to, &key, PrivateMode::ReadOnly0400)?;
            }
        }
        // As large as the ledger makes it.
        RetiredFile::Crl => {
            if let Some(mut list) = source.open_large(from)? {
                durable::create_public_with(&to, |file| io::copy(&mut list, file).map(drop))?;
            }
        }
        RetiredFile::Certificate
        | RetiredFile::Chain
        | RetiredFile::NewByOld
        | RetiredFile::OldByNew
        | RetiredFile::CrlNumber
        | RetiredFile::TrustStore
        | RetiredFile::LastSerial => {
            if let Some(contents) = source.read(from)? {
                durable::create_public(&to, &contents)?;
            }
        }
    }
    Ok(())
}
