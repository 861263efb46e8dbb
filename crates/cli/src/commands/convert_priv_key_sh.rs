//! `convert_priv_key.sh`: the documented script that writes a private key in another form.

use std::path::PathBuf;

use trustpack_ca_directory::issue::KeyAccess;
use trustpack_keystore::contents::Format;
use trustpack_keystore::key_file;
use trustpack_keystore::pem::stored_key::{Encoding, KeyForm};
use trustpack_keystore::placing::Existing;
use trustpack_keystore::private_file::PrivateMode;

use super::issuing;
use super::key_files::{Ciphers, FoundForm, KeySource, PasswordOption, key_format, new_password};
use super::key_output::{check_form, refuse_same_file, say_written, write_private};
use crate::failure::{Answer, Failure};
use crate::session::{self, Session};

/// Write a private key in another form, as PEM
///
/// Options are written with one dash: convert_priv_key.sh -in host.pfx -informat pfx -out host_key.pem
#[derive(Debug, clap::Parser)]
#[command(name = "convert_priv_key.sh", version)]
pub(crate) struct ConvertPrivKeySh {
    /// The file with the key
    #[arg(long = "in", value_name = "FILE")]
    input: PathBuf,
    /// The file to write; one that is there is replaced in one step
    #[arg(long = "out", value_name = "FILE")]
    output: PathBuf,
    /// Form of the key that is read; what the file really holds counts
    #[arg(long = "informat", value_enum, value_name = "FORM", default_value_t = InFormat::Rsa)]
    in_format: InFormat,
    /// Form of the key that is written
    #[arg(long = "outformat", value_enum, value_name = "FORM", default_value_t = OutFormat::Pkcs8)]
    out_format: OutFormat,
    /// Encrypt the key that is written; the password is asked for twice
    #[arg(long = "encrypt")]
    encrypt: bool,
    /// File with the password of the key that is read; else the terminal
    #[arg(long = "password-file", value_name = "F")]
    password_file: Option<PathBuf>,
    /// File with the password for the key that is written, with -encrypt; else the terminal
    #[arg(long = "out-password-file", value_name = "F", requires = "encrypt")]
    out_password_file: Option<PathBuf>,
    /// Let this group read the file that is written
    #[arg(long = "key-group", value_name = "G")]
    key_group: Option<String>,
}

/// The forms of input, as the script has always named them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum InFormat {
    Pfx,
    Pkcs8,
    Pkcs12,
    Rsa,
}

/// The forms of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum OutFormat {
    Pkcs8,
    Rsa,
}

impl ConvertPrivKeySh {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        refuse_same_file(&self.input, &self.output, ["-in", "-out"])?;
        let mode = match issuing::key_access(self.key_group.as_deref())? {
            KeyAccess::Owner => PrivateMode::Owner0600,
            KeyAccess::Group(group) => PrivateMode::Group0640(group),
        };
        let source = KeySource::read(&self.input)?;
        self.say_other_form(source.form());
        let key = source.open(PasswordOption {
            file: self.password_file.as_deref(),
            name: "-password-file",
        })?;
        let form = self.out_format.form();
        check_form(key.public_key().algorithm(), form, "-outformat pkcs8")?;
        let password = if self.encrypt {
            self.say_weak_form();
            Some(new_password(PasswordOption {
                file: self.out_password_file.as_deref(),
                name: "-out-password-file",
            })?)
        } else {
            None
        };
        // Old programs know triple DES in the old form; whoever reads encrypted PKCS#8 knows AES.
        let ciphers = match self.out_format {
            OutFormat::Pkcs8 => Ciphers::Modern,
            OutFormat::Rsa => Ciphers::Legacy,
        };
        let format = key_format(form, password.as_ref(), ciphers);
        let contents = key_file::write(&key, format, Encoding::Pem).map_err(Failure::request)?;
        let written = write_private(&self.output, &contents, mode, Existing::Replace)?;
        let found = FoundForm::Key(form, Encoding::Pem);
        say_written(session, written, key.public_key(), found, false)?;
        session.out.flush()?;
        Ok(Answer::Done)
    }

    /// Says that the file holds another form than was said. It is read all the same.
    fn say_other_form(&self, found: FoundForm) {
        if !self.in_format.is(found) {
            let path = self.input.display();
            let said = self.in_format.name();
            let default = match self.in_format {
                InFormat::Rsa => ", the default,",
                InFormat::Pfx | InFormat::Pkcs8 | InFormat::Pkcs12 => "",
            };
            session::say(&format!(
                "note: {path} holds {found}, and not what -informat {said}{default} says; it is read as what it is"
            ));
        }
    }

    fn say_weak_form(&self) {
        if self.out_format == OutFormat::Rsa {
            session::say(
                "hint: the old encrypted form protects the key little against guessing; -outformat pkcs8 does better",
            );
        }
    }
}

impl InFormat {
    fn is(self, found: FoundForm) -> bool {
        match self {
            Self::Pfx | Self::Pkcs12 => found == FoundForm::Store(Format::Pkcs12),
            Self::Pkcs8 => matches!(found, FoundForm::Key(KeyForm::Pkcs8, _)),
            Self::Rsa => matches!(found, FoundForm::Key(KeyForm::Pkcs1, _)),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Pfx => "pfx",
            Self::Pkcs8 => "pkcs8",
            Self::Pkcs12 => "pkcs12",
            Self::Rsa => "rsa",
        }
    }
}

impl OutFormat {
    fn form(self) -> KeyForm {
        match self {
            Self::Pkcs8 => KeyForm::Pkcs8,
            Self::Rsa => KeyForm::Pkcs1,
        }
    }
}
