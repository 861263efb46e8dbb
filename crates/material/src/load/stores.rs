//! Key stores and trust stores: JKS and PKCS#12.
//!
//! Invariant: a file of another kind than the provider says is not read, though its kind is known.

use trustpack_keystore::contents::{self, CertificateRole, Contents, Format, FoundKey};
use trustpack_keystore::password::Passwords;
use trustpack_keystore::pem::ReadKeyError;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_settings::value::own_certificate::StoreEntry;
use trustpack_settings::value::{AbsolutePath, Provider};
use trustpack_x509::certificate::Certificate;

use super::{Loader, Lock};
use crate::findings::{At, key_in_trusted, key_locked, no_key, store_unusable};
use crate::limits::MAX_STORE_BYTES;

impl<'a> Loader<'a> {
    /// The certificates of a trust store.
    pub(super) fn trust_store(
        &mut self,
        at: &At<'a>,
        provider: Provider,
        path: &AbsolutePath,
    ) -> Option<Vec<Certificate>> {
        let store = self.store(at, provider, path, Lock::TrustStore)?;
        if !store.keys.is_empty() {
            self.findings.push(key_in_trusted::found(at, path));
        }
        let trusted = store
            .certificates
            .into_iter()
            .filter(|found| match found.role {
                CertificateRole::Trusted | CertificateRole::Unsaid => true,
                CertificateRole::OfKey => false,
            });
        let trusted: Vec<_> = trusted.map(|found| found.certificate).collect();
        if trusted.is_empty() {
            self.findings
                .push(store_unusable::nothing_trusted(at, path));
            return None;
        }
        Some(trusted)
    }

    /// The key of an entry of a key store, and its certificates.
    pub(super) fn key_entry(
        &mut self,
        at: &At<'a>,
        provider: Provider,
        entry: &StoreEntry,
    ) -> Option<(Vec<Certificate>, PrivateKey)> {
        let path = &entry.store;
        let store = self.store(at, provider, path, Lock::Key)?;
        let FoundKey { key, chain, .. } = match chosen(store.keys, entry.alias.as_deref()) {
            Ok(found) => found,
            Err(why) => {
                self.findings.push(store_unusable::no_entry(at, path, &why));
                return None;
            }
        };
        match key {
            Ok(key) => Some((chain, key)),
            Err(error @ (ReadKeyError::Encrypted | ReadKeyError::WrongPassword)) => {
                self.findings
                    .push(key_locked::found(at, path, &error.to_string()));
                None
            }
            Err(error) => {
                self.findings.push(no_key::found(at, path, &error));
                None
            }
        }
    }

    fn store(
        &mut self,
        at: &At<'a>,
        provider: Provider,
        path: &AbsolutePath,
        lock: Lock,
    ) -> Option<Contents> {
        let contents = self.read(at, path, MAX_STORE_BYTES)?;
        match lock {
            Lock::Key => self.judge_readers(at, path, &contents),
            Lock::TrustStore => {}
        }
        let given = self.password(lock)?;
        let passwords = given.map_or_else(Passwords::none, Passwords::from);
        match contents::read(&contents.bytes, &passwords) {
            Ok(store) if is_of(store.format, provider) => Some(store),
            Ok(store) => {
                let finding = store_unusable::other_kind(at, path, store.format, provider);
                self.findings.push(finding);
                None
            }
            Err(error) => {
                self.findings.push(if error.is_password() {
                    lock.found(at, path, &error.to_string())
                } else {
                    store_unusable::found(at, path, &error)
                });
                None
            }
        }
    }
}

/// Whether a file of this format is what a provider means.
fn is_of(format: Format, provider: Provider) -> bool {
    match provider {
        Provider::Jks => matches!(format, Format::Jks | Format::Jceks),
        Provider::Pkcs12 => format == Format::Pkcs12,
        Provider::Pem | Provider::Mscapi | Provider::Pkcs11 => false,
    }
}

/// The key of this name, or the only one.
///
/// # Errors
///
/// Why none can be chosen, in words.
fn chosen(keys: Vec<FoundKey>, alias: Option<&str>) -> Result<FoundKey, String> {
    /// How many names the sentence lists.
    const SHOWN: usize = 10;
    let names: Vec<&str> = keys.iter().filter_map(|key| key.alias.as_deref()).collect();
    let listed: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("{name:?}"))
        .collect();
    let listed = listed.join(", ");
    let count = keys.len();
    match alias {
        // Java compares names without regard to case.
        Some(wanted) => keys
            .into_iter()
            .find(|key| {
                let name = key.alias.as_deref().unwrap_or_default();
                name.to_lowercase() == wanted.to_lowercase()
            })
            .ok_or_else(|| match count {
                0 => "it holds no private key".to_owned(),
                _ => format!("it holds no private key of the name {wanted:?}; it has {listed}"),
            }),
        None => {
            let mut keys = keys.into_iter();
            match (keys.next(), keys.next()) {
                (Some(only), None) => Ok(only),
                (None, _) => Err("it holds no private key".to_owned()),
                (Some(_), Some(_)) => Err(format!(
                    "it holds {count} private keys, {listed}; say which, behind the path and #"
                )),
            }
        }
    }
}
