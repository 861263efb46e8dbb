//! Key stores and trust stores: JKS and PKCS#12.
//!
//! Invariant: a file of another kind than the provider says is not read, though its kind is known.

use std::rc::Rc;

use trustpack_judge::anchors::TrustAnchors;
use trustpack_keystore::contents::Format;
use trustpack_settings::value::own_certificate::StoreEntry;
use trustpack_settings::value::{AbsolutePath, Provider};
use trustpack_x509::certificate::Certificate;

use super::Loader;
use super::lock::Lock;
use super::own::OwnKey;
use super::shelf::{Store, StoredKey};
use crate::findings::{At, key_in_trusted, store_unusable};

impl<'a> Loader<'a> {
    /// The certificates of a trust store.
    pub(super) fn trust_store(
        &mut self,
        at: &At<'a>,
        provider: Provider,
        path: &AbsolutePath,
    ) -> Option<TrustAnchors> {
        let store = self.store(at, provider, path, Lock::TrustStore)?;
        if !store.keys.is_empty() {
            self.found(key_in_trusted::found(at, path));
        }
        if store.trusted.certificates.is_empty() {
            self.found(store_unusable::nothing_trusted(at, path));
            return None;
        }
        Some(self.anchors(at, path, &store.trusted))
    }

    /// The key of an entry of a key store, and its certificates.
    pub(super) fn key_entry(
        &mut self,
        at: &At<'a>,
        provider: Provider,
        entry: &StoreEntry,
    ) -> Option<(Vec<Certificate>, OwnKey)> {
        let path = &entry.store;
        let store = self.store(at, provider, path, Lock::Key)?;
        match chosen(&store.keys, entry.alias.as_deref()) {
            Ok(chosen) => {
                let key = self.opened(at, path, &chosen.key)?;
                Some((chosen.chain.clone(), key))
            }
            Err(why) => {
                self.found(store_unusable::no_entry(at, path, &why));
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
    ) -> Option<Rc<Store>> {
        let password = self.password(lock);
        // Where the password is not to be had it is still said what is wrong with the file.
        let file = self.shelf.store(path, password.clone().flatten());
        let file = self.noted(at, path, &file)?;
        match lock {
            Lock::Key => self.judge_readers(at, path, file.readers),
            Lock::TrustStore => {}
        }
        let _opened_with = password?;
        match &file.contents {
            Ok(store) if is_of(store.format, provider) => Some(Rc::clone(store)),
            Ok(store) => {
                let finding = store_unusable::other_kind(at, path, store.format, provider);
                self.found(finding);
                None
            }
            Err(error) => {
                self.found(if error.is_password() {
                    lock.found(at, path, &error.to_string())
                } else {
                    store_unusable::found(at, path, error)
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
fn chosen<'k>(keys: &'k [StoredKey], alias: Option<&str>) -> Result<&'k StoredKey, String> {
    /// How many names the sentence lists.
    const SHOWN: usize = 10;
    let names = keys.iter().filter_map(|key| key.alias.as_deref());
    let listed: Vec<String> = names.take(SHOWN).map(|name| format!("{name:?}")).collect();
    let listed = listed.join(", ");
    match (alias, keys) {
        (_, []) => Err("it holds no private key".to_owned()),
        // Java compares names without regard to case.
        (Some(wanted), keys) => keys
            .iter()
            .find(|key| {
                let name = key.alias.as_deref().unwrap_or_default();
                name.to_lowercase() == wanted.to_lowercase()
            })
            .ok_or_else(|| {
                format!("it holds no private key of the name {wanted:?}; it has {listed}")
            }),
        (None, [only]) => Ok(only),
        (None, keys) => {
            let count = keys.len();
            Err(format!(
                "it holds {count} private keys, {listed}; say which, behind the path and #"
            ))
        }
    }
}
