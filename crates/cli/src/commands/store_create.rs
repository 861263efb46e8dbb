//! `trustpack store create`.

use std::path::PathBuf;

use trustpack_keystore::contents::{CertificateRole, Contents, FoundCertificate};
use trustpack_keystore::placing::Existing;
use trustpack_keystore::store::{Alias, Entry, Holds, Store};

use super::issuing::Telling;
use super::store_arguments::{
    NewStore, Target, encryption, password_of_new, read_all, refuse_system_store,
};
use crate::contents_file::Needed;
use crate::failure::{Answer, Failure, message};
use crate::output_file;
use crate::session::Session;

/// Make a key store or trust store: PEM, PKCS#12 or JKS
///
/// Takes the keys and certificates of files of any format. Each key is one entry, with its
/// certificates wherever they are among the files; each other certificate is an entry that is
/// trusted. A key that belongs to none of the certificates is refused beside that of a host. A file that
/// is there already is left alone. The system store of Windows cannot be used.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack store create stat1.p12 stat1_cert.pem stat1_priv_key.pem --password-file password
  trustpack store create trust.jks --trusted ca_cert.pem --alias our-ca")]
pub(crate) struct StoreCreate {
    /// The store to make
    #[arg(value_name = "STORE")]
    store: PathBuf,

    /// Files with keys and certificates
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// File with certificates that are to be trusted, each an entry of its own
    #[arg(long, value_name = "FILE")]
    trusted: Vec<PathBuf>,

    /// Name of the entry, if there is one only; else entries keep their name or get that of their
    /// certificate
    #[arg(long, value_name = "NAME")]
    alias: Option<Alias>,

    /// Format: pem, pkcs12, jks; if not said, the one of the store's ending
    #[arg(long, value_name = "FORMAT")]
    to: Option<Target>,

    /// Write PKCS#12 for old readers: Windows before 2019, Java before 8u301
    #[arg(long)]
    legacy: bool,

    /// File with the password of the store; else it is asked for
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// File with the password of the files that are read
    #[arg(long, value_name = "FILE")]
    in_password_file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl StoreCreate {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let telling = Telling::of_json(self.json);
        refuse_system_store(&self.store)?;
        let format = Target::choose(self.to, &self.store)?.of_store(encryption(self.legacy))?;
        if self.files.is_empty() && self.trusted.is_empty() {
            let text = "no file to take keys or certificates from";
            return Err(Failure::request(message(text)).hint("name some, or use --trusted FILE"));
        }
        output_file::check(&self.store, Existing::Refuse)
            .map_err(|failure| failure.hint("`trustpack store import` adds to a store"))?;
        let passwords = self.in_password_file.as_deref();
        let mut store = Store::new();
        add_files(&mut store, read_all(&self.files, passwords, Needed::Keys)?)?;
        add_trusted(
            &mut store,
            read_all(&self.trusted, passwords, Needed::Certificates)?,
        );
        let store = match self.alias {
            Some(alias) => renamed(store, alias)?,
            None => store,
        };
        let password = password_of_new(
            &self.store,
            self.password_file.as_deref(),
            "--password-file",
            format,
            store.has_key(),
        )?;
        NewStore {
            path: &self.store,
            store: &store,
            format,
            password: password.as_ref(),
            existing: Existing::Refuse,
        }
        .write(telling, session)?;
        Ok(Answer::Done)
    }
}

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
