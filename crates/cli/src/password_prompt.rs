//! Where passwords come from: a file, an environment variable, or the terminal; never an argument,
//! which other users of the machine could read.

use std::io::IsTerminal as _;
use std::path::Path;

use anyhow::Context as _;
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::password::{Password, Passwords};
use zeroize::Zeroizing;

use crate::failure::{Failure, message};
use crate::secret_file;
use crate::session;

/// The variable that holds the password of an encrypted CA key.
pub(crate) const CA_PASSWORD_VARIABLE: &str = "TRUSTPACK_CA_PASSWORD";

/// Octets of a password file: a longer password is a mistake.
const MAX_FILE: usize = 64 * 1024;

/// The password in a file: its only line.
///
/// # Errors
///
/// When the file cannot be read, or holds no text.
pub(crate) fn from_file(path: &Path) -> Result<Password, Failure> {
    Password::from_file_contents(&contents_of(path)?)
        .with_context(|| format!("the password file {} holds no password", path.display()))
        .map_err(Failure::request)
}

fn contents_of(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let contents = limited_file::read(path, MAX_FILE, Accepted::AnySource)
        .with_context(|| format!("cannot read the password file {}", path.display()))
        .map_err(Failure::request)?;
    secret_file::warn_if_open("the password file", path, &contents.metadata);
    Ok(contents.bytes)
}

/// The passwords in a file for a file that is read: a line each.
///
/// # Errors
///
/// As [`from_file`].
pub(crate) fn all_from_file(path: &Path) -> Result<Passwords, Failure> {
    Passwords::from_file_contents(&contents_of(path)?)
        .with_context(|| format!("the password file {} holds no password", path.display()))
        .map_err(Failure::request)
}

/// The password of the CA key, if one was given without asking.
///
/// # Errors
///
/// As [`from_file`]; also when the variable holds no text.
pub(crate) fn of_ca_key(file: Option<&Path>) -> Result<Option<Password>, Failure> {
    if let Some(file) = file {
        let password = from_file(file)?;
        let shown = format!("the password file {}", file.display());
        return refuse_empty(password, &shown).map(Some);
    }
    let Some(value) = session::environment(CA_PASSWORD_VARIABLE) else {
        return Ok(None);
    };
    let text = value.into_string().map_err(|_| {
        Failure::request(message(format!(
            "{CA_PASSWORD_VARIABLE} holds no UTF-8 text"
        )))
    })?;
    refuse_empty(Password::new(text), CA_PASSWORD_VARIABLE).map(Some)
}

/// The password for a CA key that is to be encrypted: as [`of_ca_key`], else asked for, twice.
///
/// # Errors
///
/// As [`of_ca_key`]; also when there is no terminal to ask on, or the two differ.
pub(crate) fn of_new_ca_key(file: Option<&Path>) -> Result<Password, Failure> {
    if let Some(password) = of_ca_key(file)? {
        return Ok(password);
    }
    asked_twice(&format!(
        "give a file with --ca-password-file, or set {CA_PASSWORD_VARIABLE}"
    ))
}

/// The password for a second CA key, beside one that [`of_ca_key`] opens: that of the file, else asked
/// for, twice. The variable is that of the first.
///
/// # Errors
///
/// As [`from_file`]; also when there is no terminal to ask on, or the two differ.
pub(crate) fn of_second_ca_key(file: Option<&Path>) -> Result<Password, Failure> {
    match file {
        Some(file) => {
            let shown = format!("the password file {}", file.display());
            refuse_empty(from_file(file)?, &shown)
        }
        None => asked_twice("give a file with --new-ca-password-file"),
    }
}

fn asked_twice(hint: &str) -> Result<Password, Failure> {
    let password = ask_for_new("Password for the new CA key: ", || {
        let text = "the CA key is to be encrypted, and there is no password for it";
        Failure::request(message(text)).hint(hint)
    })?;
    refuse_empty(password, "the password")
}

/// Asks on the terminal for a password that is to protect something new, twice. The empty one is the caller's
/// to refuse.
///
/// # Errors
///
/// `no_terminal` without one; when it cannot be read, or the two differ.
pub(crate) fn ask_for_new(
    prompt: &str,
    no_terminal: impl FnOnce() -> Failure,
) -> Result<Password, Failure> {
    let first = ask(prompt)?.ok_or_else(no_terminal)?;
    let again = ask("The same again: ")?.unwrap_or_else(Password::empty);
    match first.expose() == again.expose() {
        true => Ok(first),
        false => Err(Failure::request(message("the two passwords differ"))),
    }
}

/// The empty password protects nothing; whoever gives it has made a mistake.
fn refuse_empty(password: Password, from: &str) -> Result<Password, Failure> {
    if password.is_empty() {
        let text = format!("{from} is empty; a CA key is encrypted with a password or not at all");
        return Err(Failure::request(message(text)));
    }
    Ok(password)
}

/// Asks on the terminal; `None` without one.
///
/// # Errors
///
/// When the terminal cannot be read.
pub(crate) fn ask(prompt: &str) -> Result<Option<Password>, Failure> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let text = rpassword::prompt_password(prompt)
        .context("cannot read a password from the terminal")
        .map_err(Failure::request)?;
    Ok(Some(Password::new(text)))
}
