//! `trustpack store import`.

use std::path::PathBuf;

use trustpack_keystore::store::{Alias, Store};

use super::issuing::Telling;
use super::store_arguments::{open, read_all};
use super::store_contents::{add_files, add_trusted, renamed};
use crate::contents_file::Needed;
use crate::failure::{Answer, Failure, message};
use crate::session::Session;

/// Add keys and certificates to a store
///
/// Takes them from files of any format, as `store create` does. The store keeps its format, its
/// password and its other entries; nothing is overwritten unless --replace says so. The system store
/// of Windows cannot be used.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack store import trust.jks --trusted new_ca_cert.pem --password-file password")]
pub(crate) struct StoreImport {
    /// The store to add to: PEM, PKCS#12 or JKS
    #[arg(value_name = "STORE")]
    store: PathBuf,

    /// Files with keys and certificates
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// File with certificates that are to be trusted, each an entry of its own
    #[arg(long, value_name = "FILE")]
    trusted: Vec<PathBuf>,

    /// Name of the new entry, if there is one only; else entries keep their name or get that of
    /// their certificate
    #[arg(long, value_name = "NAME")]
    alias: Option<Alias>,

    /// Let new entries take the place of those that have their names
    #[arg(long)]
    replace: bool,

    /// File with the password of the store; else it is asked for. Keys with a
    /// password of their own: a line more for each
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// File with the password of the files that are read. Keys with a
    /// password of their own: a line more for each
    #[arg(long, value_name = "FILE")]
    in_password_file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl StoreImport {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let telling = Telling::of_json(self.json);
        let mut old = open(&self.store, self.password_file.as_deref())?;
        let passwords = self.in_password_file.as_deref();
        let mut new = Store::new();
        add_files(&mut new, read_all(&self.files, passwords, Needed::Keys)?)?;
        add_trusted(
            &mut new,
            read_all(&self.trusted, passwords, Needed::Certificates)?,
        );
        if new.entries().is_empty() {
            let text = "the files hold no key and no certificate to add";
            return Err(Failure::request(message(text)).hint("name some, or use --trusted FILE"));
        }
        let new = match self.alias {
            Some(alias) => renamed(new, alias)?,
            None => new,
        };
        for entry in new.into_entries() {
            if self.replace {
                drop(old.store.remove(&entry.alias));
            }
            old.store.add(entry).map_err(|error| {
                Failure::request(error)
                    .hint("--alias gives another name, --replace takes the place")
            })?;
        }
        old.write_back(&self.store, telling, session)?;
        Ok(Answer::Done)
    }
}
