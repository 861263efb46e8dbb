//! `trustpack cert convert`.

use std::path::PathBuf;

use trustpack_keystore::store::Alias;

use super::conversion::{Conversion, Selection};
use super::issuing::Telling;
use super::store_arguments::Target;
use crate::failure::{Answer, Failure};
use crate::output_file;
use crate::session::Session;

/// Convert certificates, keys, requests and revocation lists between PEM, DER, PKCS#7, PKCS#12 and
/// JKS
///
/// The input is recognized by its content, whatever it is called; JCEKS is read too. What was written
/// is opened again and compared before it is reported. A file with a private key is for its owner
/// only.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack cert convert stat1_cert.pfx stat1.pem
  trustpack cert convert stat1_cert.pfx stat1.jks --out-password-file password
  trustpack cert convert --no-keys stat1_cert.pfx chain.p7b")]
pub(crate) struct CertConvert {
    /// The file to read
    #[arg(value_name = "IN")]
    input: PathBuf,

    /// The file to write
    #[arg(value_name = "OUT")]
    output: PathBuf,

    /// Replace OUT, in one step, if it is there
    #[arg(long)]
    replace: bool,

    /// Format of the new file: pem, der, pkcs7, pkcs12, jks; if not said, the one of its ending
    #[arg(long, value_name = "FORMAT")]
    to: Option<Target>,

    /// Write PKCS#12 for old readers: Windows before 2019, Java before 8u301
    #[arg(long)]
    legacy: bool,

    /// Leave the certificates out
    #[arg(long, conflicts_with_all = ["no_keys", "ca_only"])]
    no_certs: bool,

    /// Leave the private keys out
    #[arg(long)]
    no_keys: bool,

    /// Take the certificates of authorities only, and no keys
    #[arg(long)]
    ca_only: bool,

    /// Name of the entry in the new store, if there is one only
    #[arg(long, value_name = "NAME")]
    alias: Option<Alias>,

    /// File with the password of the input; else the empty one is tried, then the terminal. Keys with a
    /// password of their own: a line more for each
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// File with the password of the new file; keys in PEM and DER are encrypted if it is given
    #[arg(long, value_name = "FILE")]
    out_password_file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl CertConvert {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        Conversion {
            input: &self.input,
            output: &self.output,
            selection: Selection {
                aliases: &[],
                new_alias: self.alias,
                no_keys: self.no_keys,
                no_certs: self.no_certs,
                ca_only: self.ca_only,
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
