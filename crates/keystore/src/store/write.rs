//! Writing a store in one of the formats, opened again and compared before it is given out.
//!
//! Invariant: what is given out was read back, and had the same entries.

use std::collections::BTreeSet;

use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;
use zeroize::Zeroizing;

use super::{Entry, Store};
use crate::contents::{self, Contents, ReadContentsError};
use crate::jks::{self, WriteJksError};
use crate::password::{Password, Passwords};
use crate::pem::{self, EncryptKeyError, armor};
use crate::pkcs12::{self, Encryption, WritePkcs12Error};
use crate::private_key::PrivateKey;

/// The formats in which a store is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreFormat {
    /// PEM; keys are encrypted (PKCS#8, PBES2) if there is a password.
    Pem,
    /// PKCS#12; without a password, the empty one.
    Pkcs12(Encryption),
    /// Java's own, which needs a password.
    Jks,
}

/// Why a store could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteStoreError {
    /// There is nothing to write, and the format cannot say so.
    #[error("a store without entries cannot be a PEM or PKCS#12 file")]
    NoEntry,
    /// Java's format has no store without a password.
    #[error("a JKS file needs a password")]
    NoPassword,
    /// The certificate of a key is for another.
    #[error("the first certificate of the entry {alias:?} is not the one of its key")]
    KeyDoesNotMatch {
        /// Name of the entry.
        alias: String,
    },
    /// It cannot be written as PKCS#12.
    #[error(transparent)]
    Pkcs12(#[from] WritePkcs12Error),
    /// It cannot be written as JKS.
    #[error(transparent)]
    Jks(#[from] WriteJksError),
    /// A key cannot be encrypted for PEM.
    #[error(transparent)]
    Key(#[from] EncryptKeyError),
    /// What was written cannot be read.
    #[error("the store was made and cannot be read again")]
    Unreadable(#[source] ReadContentsError),
    /// What was written is read as something else.
    #[error("the store was made, and the entry {alias:?} is another one when it is read again")]
    Differs {
        /// Name of the entry.
        alias: String,
    },
}

/// The octets of a file with these entries. `now` is the date that a JKS file has for each.
///
/// # Errors
///
/// [`WriteStoreError`] when the format cannot hold them, or what was made does not read the same.
pub fn write(
    store: &Store,
    format: StoreFormat,
    password: Option<&Password>,
    now: Timestamp,
) -> Result<Zeroizing<Vec<u8>>, WriteStoreError> {
    if let Some(entry) = store.entries().iter().find(|entry| !entry.is_consistent()) {
        return Err(WriteStoreError::KeyDoesNotMatch {
            alias: entry.alias.to_string(),
        });
    }
    let views: Vec<_> = store.entries().iter().map(Entry::view).collect();
    let empty = Password::empty();
    let file = match format {
        StoreFormat::Jks => {
            let password = password.ok_or(WriteStoreError::NoPassword)?;
            jks::write(&views, password, now)?
        }
        StoreFormat::Pem | StoreFormat::Pkcs12(_) if views.is_empty() => {
            return Err(WriteStoreError::NoEntry);
        }
        StoreFormat::Pem => write_pem(store, password)?,
        StoreFormat::Pkcs12(encryption) => {
            let password = password.unwrap_or(&empty);
            // Nothing is encrypted and everybody knows the password: then for the oldest readers.
            let for_all = !store.has_key() && password.is_empty();
            let encryption = if for_all {
                Encryption::Legacy
            } else {
                encryption
            };
            pkcs12::write_entries(&views, password, encryption)?
        }
    };
    let file = Zeroizing::new(file);
    let passwords: Passwords = password.cloned().into_iter().collect();
    let read = contents::read(&file, &passwords).map_err(WriteStoreError::Unreadable)?;
    compare(store, &read)?;
    Ok(file)
}

impl Entry {
    fn is_consistent(&self) -> bool {
        match (self.key(), self.certificate()) {
            (Some(key), Some(own)) => key.matches(own),
            (Some(_) | None, _) => true,
        }
    }
}

/// Each entry: the key with its chain, or the certificate. A name stands before each block whose
/// certificate does not say it.
fn write_pem(store: &Store, password: Option<&Password>) -> Result<Vec<u8>, WriteStoreError> {
    let mut parts: Vec<Zeroizing<String>> = Vec::new();
    for entry in store.entries() {
        let said = entry.certificate().map(super::Alias::of_certificate);
        if said.as_ref() != Some(&entry.alias) {
            parts.push(Zeroizing::new(armor::friendly_name_line(
                entry.alias.as_str(),
            )));
        }
        if let Some(key) = entry.key() {
            parts.push(match password {
                Some(password) => Zeroizing::new(pem::private_key_to_encrypted_pem(key, password)?),
                None => pem::private_key_to_pem(key),
            });
        }
        parts.push(Zeroizing::new(pem::certificates_to_pem(
            entry.certificates(),
        )));
    }
    // Sized once: a vector that grows would leave copies of keys behind.
    let total = parts.iter().map(|part| part.len()).sum();
    let mut file = Vec::with_capacity(total);
    parts
        .iter()
        .for_each(|part| file.extend_from_slice(part.as_bytes()));
    Ok(file)
}

/// Whether each entry is in what was read. PEM does not say which certificates are trusted, and only
/// JKS says what is above the certificate of a key; so their place is not compared.
fn compare(store: &Store, read: &Contents) -> Result<(), WriteStoreError> {
    let certificates: BTreeSet<&Certificate> = read.only_certificates().collect();
    let mut keys = read.keys.iter();
    for entry in store.entries() {
        let same_key = entry.key().is_none_or(|key| {
            keys.next().is_some_and(|found| {
                let other = found.key.as_ref().map(PrivateKey::expose_pkcs8_der);
                other == Ok(key.expose_pkcs8_der()) && found.chain.first() == entry.certificate()
            })
        });
        let mut all = entry.certificates().iter();
        if !same_key || !all.all(|one| certificates.contains(one)) {
            return Err(WriteStoreError::Differs {
                alias: entry.alias.to_string(),
            });
        }
    }
    Ok(())
}
