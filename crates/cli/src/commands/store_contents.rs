//! What a store is made of: the keys and certificates of files, as its entries.
//!
//! Not how it is written. Invariant: no key is put beside a certificate of a host that is not its own.

use trustpack_keystore::contents::{CertificateRole, Contents, FoundCertificate};
use trustpack_keystore::store::{Alias, Entry, Holds, Store};

use crate::failure::{Failure, message};

/// Adds what files hold: keys with their certificates, and other certificates.
pub(super) fn add_files(store: &mut Store, contents: Option<Contents>) -> Result<(), Failure> {
    if let Some(contents) = contents {
        refuse_strangers(&contents).map_err(|failure| {
            failure.hint(
                "name the key of the certificate; one that is to be trusted goes with --trusted",
            )
        })?;
        let found = Store::from_contents(contents).map_err(Failure::request)?;
        for Entry { alias, holds } in found.into_entries() {
            store.add_numbered(alias, holds);
        }
    }
    Ok(())
}

/// Refuses a key without its certificate beside a certificate without its key.
///
/// The one of a host would become an entry that is trusted, and the key one that no peer can check:
/// never what was meant. That of a CA may be trusted, and stands beside a key alone.
pub(super) fn refuse_strangers(contents: &Contents) -> Result<(), Failure> {
    let keys = contents.keys.iter().filter(|found| found.chain.is_empty());
    let alone = keys.filter_map(|found| found.key.as_ref().ok()).next();
    let leaf = contents.certificates.iter().find(|found| {
        let basic = found.certificate.extensions().basic_constraints;
        found.role == CertificateRole::Unsaid && !basic.unwrap_or_default().ca
    });
    match (alone, leaf) {
        (Some(key), Some(FoundCertificate { certificate, .. })) => {
            Err(Failure::request(message(format!(
                "the key does not belong to the certificate of {}: the SHA-256 of the public key is {} in the \
             key, {} in the certificate",
                certificate.subject(),
                key.public_key().fingerprint(),
                certificate.public_key().fingerprint()
            ))))
        }
        (Some(_) | None, _) => Ok(()),
    }
}

/// Adds the certificates of files, each as one that is trusted.
pub(super) fn add_trusted(store: &mut Store, contents: Option<Contents>) {
    let found = contents.map(|contents| contents.certificates);
    for mut found in found.into_iter().flatten() {
        found.role = CertificateRole::Trusted;
        let alias = found.alias.as_deref().and_then(Alias::near);
        let alias = alias.unwrap_or_else(|| Alias::of_certificate(&found.certificate));
        store.add_numbered(alias, Holds::Trusted(found.certificate));
    }
}

/// The same store, its only entry under another name.
pub(super) fn renamed(store: Store, alias: Alias) -> Result<Store, Failure> {
    let mut entries = store.into_entries();
    let (Some(mut entry), true) = (entries.pop(), entries.is_empty()) else {
        let text = format!(
            "--alias names one entry, and the files give {}",
            entries.len() + 1
        );
        return Err(Failure::request(message(text)));
    };
    entry.alias = alias;
    let mut store = Store::new();
    store.add(entry).map_err(Failure::request)?;
    Ok(store)
}
