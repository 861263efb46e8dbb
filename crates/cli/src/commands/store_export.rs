//! `trustpack store export`.

use std::path::PathBuf;

use trustpack_keystore::store::Alias;

use super::conversion::{Conversion, Selection};
use super::issuing::Telling;
use super::store_arguments::{Target, refuse_system_store};
use crate::failure::{Answer, Failure};
use crate::output_file;
use crate::session::Session;

/// Write entries of a store into a file of any format
///
/// All entries, or those that --alias names. The store stays as it is. The system store of Windows
/// cannot be used.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack store export trust.jks trust.pem --password-file password
  trustpack store export stat1.p12 stat1.jks --alias stat1 --password-file password \\
      --out-password-file password")]
pub(crate) struct StoreExport {
    /// The store to read: any format
    #[arg(value_name = "STORE")]
    store: PathBuf,

    /// The file to write
    #[arg(value_name = "OUT")]
    out: PathBuf,

    /// Name of an entry; may be given more than once
    #[arg(long, value_name = "NAME")]
    alias: Vec<Alias>,

    /// Replace OUT, in one step, if it is there
    #[arg(long)]
    replace: bool,

    /// Format of the file: pem, der, pkcs7, pkcs12, jks; if not said, the one of its ending
    #[arg(long, value_name = "FORMAT")]
    to: Option<Target>,

    /// Write PKCS#12 for old readers: Windows before 2019, Java before 8u301
    #[arg(long)]
    legacy: bool,

    /// Leave the private keys out
    #[arg(long)]
    no_keys: bool,

    /// Leave the certificates out
    #[arg(long, conflicts_with = "no_keys")]
    no_certs: bool,

    /// File with the password of the store; else it is asked for. Keys with a
    /// password of their own: a line more for each
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// File with the password of the new file; keys in PEM are encrypted if it is given
    #[arg(long, value_name = "FILE")]
    out_password_file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl StoreExport {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        refuse_system_store(&self.store)?;
        Conversion {
            input: &self.store,
            output: &self.out,
            selection: Selection {
                aliases: &self.alias,
                new_alias: None,
                no_keys: self.no_keys,
                no_certs: self.no_certs,
                ca_only: false,
            },
            target: self.to,
            legacy: self.legacy,
            password_file: self.password_file.as_deref(),
            out_password_file: self.out_password_file.as_deref(),
            existing: output_file::existing(self.replace),
            telling: Telling::of_json(self.json),
        }
        .run(session)?;
        Ok(Answer::Done)
    }
}
