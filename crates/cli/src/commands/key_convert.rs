//! `trustpack key convert`.

use std::path::PathBuf;

use trustpack_keystore::key_file;
use trustpack_keystore::private_file::PrivateMode;

use super::key_files::{FoundForm, KeySource, PasswordOption, key_format, new_password};
use super::key_output::{
    FormArgs, check_form, check_output, refuse_same_file, say_written, write_private,
};
use crate::failure::{Answer, Failure};
use crate::output_file;
use crate::session::Session;

/// Write a private key in another form
///
/// Reads PKCS#8, PKCS#1 and SEC 1, plain and encrypted, and the key of a PKCS#12, JKS or JCEKS file. The file that is
/// written is 0600.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack key convert --format pkcs1 web1_priv_key.pem web1_old.pem
  trustpack key convert stat1_cert.pfx stat1_priv_key.pem")]
pub(crate) struct KeyConvert {
    /// The file with the key
    #[arg(value_name = "IN")]
    input: PathBuf,

    /// The file to write
    #[arg(value_name = "OUT")]
    output: PathBuf,

    #[command(flatten)]
    form: FormArgs,

    /// Replace OUT, in one step, if it is there
    #[arg(long)]
    replace: bool,

    /// File with the password of the key that is read; else the terminal. Keys with a
    /// password of their own: a line more for each
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// File with the password that encrypts what is written; else the terminal, asked twice
    #[arg(long, value_name = "FILE", requires = "encrypt")]
    out_password_file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl KeyConvert {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let form = self.form.form();
        self.form.check_encoding()?;
        refuse_same_file(&self.input, &self.output, ["IN", "OUT"])?;
        let existing = output_file::existing(self.replace);
        check_output(&self.output, existing)?;
        let key = KeySource::read(&self.input)?.open(PasswordOption {
            file: self.password_file.as_deref(),
            name: "--password-file",
        })?;
        check_form(key.public_key().algorithm(), form, "--format pkcs8")?;
        let password = if self.form.encrypt {
            Some(new_password(PasswordOption {
                file: self.out_password_file.as_deref(),
                name: "--out-password-file",
            })?)
        } else {
            None
        };
        let encoding = self.form.encoding();
        let format = key_format(form, password.as_ref(), self.form.ciphers());
        let contents = key_file::write(&key, format, encoding).map_err(Failure::request)?;
        let written = write_private(&self.output, &contents, PrivateMode::Owner0600, existing)?;
        let found = FoundForm::Key(form, encoding);
        say_written(session, written, key.public_key(), found, self.json)?;
        session.out.flush()?;
        Ok(Answer::Done)
    }
}
