//! How a private key is written: the options that say the form, and the file.
//!
//! Invariant: what a command would write over is known before anybody is asked for a password.

use std::path::Path;

use trustpack_keystore::key_file;
use trustpack_keystore::pem;
use trustpack_keystore::pem::stored_key::{Encoding, KeyForm};
use trustpack_keystore::placing::{Existing, Written, is_same_file};
use trustpack_keystore::private_file::{self, PrivateMode};
use trustpack_x509::public_key::{PublicKey, PublicKeyAlgorithm};

use super::key_files::{Ciphers, FoundForm, KeyJson, Protection};
use crate::failure::{Failure, message};
use crate::output_file;
use crate::session::Session;

/// In which form a key is written.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct FormArgs {
    /// The structure: pkcs8 for every key, pkcs1 for RSA and sec1 for elliptic curves in old programs
    #[arg(long, value_enum, value_name = "FORM", default_value_t = FormName::Pkcs8)]
    format: FormName,

    /// Write DER instead of PEM
    #[arg(long)]
    der: bool,

    /// Encrypt the key with a password
    #[arg(long)]
    pub(super) encrypt: bool,

    /// Encrypt with triple DES, which old programs read, instead of AES-256
    #[arg(long, requires = "encrypt")]
    legacy: bool,
}

/// The structure around a key, as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FormName {
    Pkcs8,
    Pkcs1,
    Sec1,
}

/// A file with a private key that was written.
pub(super) struct WrittenKey {
    file: Written,
    protection: Protection,
}

impl FormArgs {
    pub(super) fn form(&self) -> KeyForm {
        match self.format {
            FormName::Pkcs8 => KeyForm::Pkcs8,
            FormName::Pkcs1 => KeyForm::Pkcs1,
            FormName::Sec1 => KeyForm::Sec1,
        }
    }

    pub(super) fn encoding(&self) -> Encoding {
        if self.der {
            Encoding::Der
        } else {
            Encoding::Pem
        }
    }

    pub(super) fn ciphers(&self) -> Ciphers {
        if self.legacy {
            Ciphers::Legacy
        } else {
            Ciphers::Modern
        }
    }

    /// Refuses what has no such form before work is done for it.
    pub(super) fn check_encoding(&self) -> Result<(), Failure> {
        if self.der && self.encrypt && self.format != FormName::Pkcs8 {
            let error = key_file::WriteKeyError::TraditionalInDer;
            return Err(Failure::request(error).hint("leave --der out, or take --format pkcs8"));
        }
        Ok(())
    }
}

/// Refuses a file that is there, if it must stay.
pub(super) fn check_output(path: &Path, existing: Existing) -> Result<(), Failure> {
    output_file::check(path, existing)
        .map_err(|failure| failure.hint("take another name, or --replace"))
}

/// Refuses to write a key over the file that it is read from, by whatever name.
pub(super) fn refuse_same_file(
    input: &Path,
    output: &Path,
    [input_name, output_name]: [&str; 2],
) -> Result<(), Failure> {
    if is_same_file(input, output) {
        let text = format!(
            "{input_name} ({}) and {output_name} ({}) are the same file",
            input.display(),
            output.display()
        );
        return Err(Failure::request(message(text))
            .hint("write to another file; take the old one away when the new one is good"));
    }
    Ok(())
}

/// Refuses a form that keys of this kind do not have. `instead` is the option that always works.
pub(super) fn check_form(
    algorithm: &PublicKeyAlgorithm,
    form: KeyForm,
    instead: &str,
) -> Result<(), Failure> {
    key_file::check_form(algorithm, form).map_err(|error| {
        Failure::request(error).hint(format!("{instead} holds keys of every kind"))
    })
}

/// Writes a file with a private key.
pub(super) fn write_private(
    path: &Path,
    contents: &[u8],
    mode: PrivateMode,
    existing: Existing,
) -> Result<WrittenKey, Failure> {
    let found = pem::find_private_key(contents).map_err(Failure::request)?;
    let protection = Protection::of_key(&found);
    let file = private_file::write(path, contents, mode, existing)
        .map_err(|error| output_file::not_written(path, error))?;
    Ok(WrittenKey { file, protection })
}

/// Says what was written.
pub(super) fn say_written(
    session: &mut Session,
    written: WrittenKey,
    public: &PublicKey,
    form: FoundForm,
    json: bool,
) -> Result<(), Failure> {
    let WrittenKey { file, protection } = written;
    let path = file.path();
    if json {
        let shown = KeyJson::new(path, Some(public), form, protection);
        session.out.json(&shown)?;
        return Ok(());
    }
    let protection = match protection {
        Protection::None => "not encrypted: whoever reads the file has it",
        Protection::Encrypted(_) | Protection::OfStore => "encrypted",
    };
    let algorithm = public.algorithm();
    writeln!(
        session.out,
        "private key  {} ({algorithm}, {form}; {protection})",
        path.display()
    )?;
    Ok(())
}
