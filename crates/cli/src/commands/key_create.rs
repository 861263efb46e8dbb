//! `trustpack key create`.

use std::path::PathBuf;

use trustpack_keystore::key_file;
use trustpack_keystore::placing::Existing;
use trustpack_keystore::private_file::PrivateMode;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_keystore::private_key::spec::KeySpec;

use super::key_files::{FoundForm, PasswordOption, key_format, new_password};
use super::key_output::{FormArgs, check_form, say_written, write_private};
use crate::failure::{Answer, Failure};
use crate::output_file;
use crate::session::Session;

/// Make a private key
///
/// The file is made with its final permissions, 0600; one that exists already is left as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack key create ecdsa-p256 --out web1_priv_key.pem
  trustpack key create rsa-4096 --encrypt --out web1_priv_key.pem")]
pub(crate) struct KeyCreate {
    /// Kind of the key: rsa-2048, rsa-3072, rsa-4096, other RSA sizes to rsa-8192 in steps of 128,
    /// ecdsa-p256, ecdsa-p384, ed25519
    #[arg(value_name = "KIND")]
    kind: KeySpec,

    /// The file to make
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    #[command(flatten)]
    form: FormArgs,

    /// File with the password that encrypts the key; else the terminal, asked twice
    #[arg(long, value_name = "FILE", requires = "encrypt")]
    password_file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl KeyCreate {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let form = self.form.form();
        self.form.check_encoding()?;
        check_form(&self.kind.algorithm(), form, "--format pkcs8")?;
        output_file::check(&self.out, Existing::Refuse)
            .map_err(|failure| failure.hint("take another name"))?;
        let password = if self.form.encrypt {
            Some(new_password(PasswordOption {
                file: self.password_file.as_deref(),
                name: "--password-file",
            })?)
        } else {
            None
        };
        let key = PrivateKey::generate(self.kind).map_err(Failure::request)?;
        let encoding = self.form.encoding();
        let format = key_format(form, password.as_ref(), self.form.ciphers());
        let contents = key_file::write(&key, format, encoding).map_err(Failure::request)?;
        let written = write_private(
            &self.out,
            &contents,
            PrivateMode::Owner0600,
            Existing::Refuse,
        )?;
        let found = FoundForm::Key(form, encoding);
        say_written(session, written, key.public_key(), found, self.json)?;
        session.out.flush()?;
        Ok(Answer::Done)
    }
}
