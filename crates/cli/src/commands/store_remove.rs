//! `trustpack store remove`.

use std::path::PathBuf;

use trustpack_keystore::store::Alias;

use super::issuing::Telling;
use super::store_arguments::{no_entry, open};
use crate::failure::{Answer, Failure};
use crate::session::Session;

/// Take entries out of a store
///
/// The store keeps its format, its password and its other entries. The system store of Windows
/// cannot be used.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack store remove trust.jks --alias our-ca --password-file password")]
pub(crate) struct StoreRemove {
    /// The store to take from: PEM, PKCS#12 or JKS
    #[arg(value_name = "STORE")]
    store: PathBuf,

    /// Name of the entry; may be given more than once
    #[arg(long, value_name = "NAME", required = true)]
    alias: Vec<Alias>,

    /// File with the password of the store; else it is asked for. Keys with a
    /// password of their own: a line more for each
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl StoreRemove {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let telling = Telling::of_json(self.json);
        let mut old = open(&self.store, self.password_file.as_deref())?;
        for alias in &self.alias {
            if old.store.remove(alias).is_none() {
                return Err(no_entry(&self.store, alias, &old.store));
            }
        }
        old.write_back(&self.store, telling, session)?;
        Ok(Answer::Done)
    }
}
