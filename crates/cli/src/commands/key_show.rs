//! `trustpack key show`.

use std::path::PathBuf;

use trustpack_keystore::private_key::PrivateKey;

use super::key_files::{KeyJson, KeySource, PasswordOption, Protection, key_id};
use crate::failure::{Answer, Failure};
use crate::session::Session;

/// Show what private key a file holds
///
/// Its kind and size, the fingerprint of its public half, how the file holds it, and whether and how it is encrypted.
/// Never the key itself. Without its password an encrypted key is shown as far as it can be.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack key show web1_priv_key.pem")]
pub(crate) struct KeyShow {
    /// The file: PKCS#8, PKCS#1, SEC 1, PKCS#12, JKS or JCEKS, PEM or DER
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// File with the password of the key; else the terminal. Keys with a
    /// password of their own: a line more for each
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl KeyShow {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let source = KeySource::read(&self.file)?;
        let key = source.open_if_possible(PasswordOption {
            file: self.password_file.as_deref(),
            name: "--password-file",
        })?;
        let public = key.as_ref().map(PrivateKey::public_key);
        if self.json {
            let shown = KeyJson::new(&self.file, public, source.form(), source.protection());
            session.out.json(&shown)?;
            session.out.flush()?;
            return Ok(Answer::Done);
        }
        match public {
            Some(public) => writeln!(session.out, "private key  {}", public.algorithm())?,
            None => writeln!(
                session.out,
                "private key  locked: its password was not given"
            )?,
        }
        writeln!(session.out, "form         {}", source.form())?;
        let encrypted = match source.protection() {
            Protection::None => "no".to_owned(),
            Protection::Encrypted(how) => format!("with {how}"),
            Protection::OfStore => "with the password of the store".to_owned(),
        };
        writeln!(session.out, "encrypted    {encrypted}")?;
        if let Some(public) = public {
            writeln!(session.out, "public half  SHA-256 {}", public.fingerprint())?;
            writeln!(session.out, "key id       {}", key_id(public))?;
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }
}
