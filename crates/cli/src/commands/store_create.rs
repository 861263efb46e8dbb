//! `trustpack store create`.

use std::path::PathBuf;

use trustpack_keystore::placing::Existing;
use trustpack_keystore::store::{Alias, Store};

use super::issuing::Telling;
use super::store_arguments::{
    NewStore, Target, encryption, password_of_new, read_all, refuse_system_store,
};
use super::store_contents::{add_files, add_trusted, renamed};
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

    /// File with the password of the files that are read. Keys with a
    /// password of their own: a line more for each
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
