//! Files of any format, read with the password that they need.
//!
//! The one place where a command opens a file with certificates or keys. Invariant: nobody is asked
//! for a password that is not needed, and what the reader should know of the file is said.

use std::path::Path;

use anyhow::Context as _;
use trustpack_keystore::contents::{self, Contents, Note, ReadContentsError};
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::password::Passwords;
use zeroize::Zeroizing;

use crate::failure::{Failure, message};
use crate::password_prompt;
use crate::session;

/// Octets of a file that are read.
pub(crate) const MAX_FILE: usize = contents::MAX_BYTES;

/// What makes asking for a password worth it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needed {
    /// The certificates: keys may stay locked, and a store of Java unverified.
    Certificates,
    /// The same for somebody who asks what is wrong with them: malformed ones are taken too, and nothing relies on them.
    Looks,
    /// What is in it, for a list: keys may stay locked, and a password that is given is tried.
    Listing,
    /// The keys too.
    Keys,
    /// Everything, and that nobody has changed it: the file is to be written anew.
    Whole,
}

/// A file that was read.
#[derive(Debug)]
pub(crate) struct ContentsFile {
    pub(crate) contents: Contents,
    /// The passwords, if one was needed; the first is that of the file.
    pub(crate) passwords: Passwords,
    /// The octets of the file.
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

/// Reads a file; `password_file` or the terminal opens what the empty password does not.
///
/// # Errors
///
/// When the file cannot be read, its format is unknown, or what is needed stays locked.
pub(crate) fn read(
    path: &Path,
    password_file: Option<&Path>,
    needed: Needed,
) -> Result<ContentsFile, Failure> {
    let file = limited_file::read(path, MAX_FILE, Accepted::AnySource)
        .with_context(|| format!("cannot read {}", path.display()))
        .map_err(Failure::request)?;
    let bytes = file.bytes;
    let read = match needed {
        Needed::Looks => contents::look,
        Needed::Certificates | Needed::Listing | Needed::Keys | Needed::Whole => contents::read,
    };
    let first = read(&bytes, &Passwords::none());
    let passwords = match is_locked(&first, needed, password_file) {
        true => passwords(path, password_file)?,
        false => Passwords::none(),
    };
    let contents = match passwords.first() {
        None => first,
        // It becomes that of the new file, so it must be that of the old one.
        Some(of_file) if needed == Needed::Whole && passwords.are_several() => {
            read(&bytes, &of_file.clone().into()).and_then(|_| read(&bytes, &passwords))
        }
        Some(_) => read(&bytes, &passwords),
    };
    let contents = contents.map_err(|error| {
        let helps = error.is_password();
        let error = anyhow::Error::new(error).context(format!("cannot read {}", path.display()));
        let failure = Failure::request(error);
        if helps {
            with_hint(failure, &passwords)
        } else {
            failure
        }
    })?;
    refuse_locked(path, &contents, needed, &passwords)?;
    for note in &contents.notes {
        session::warn(format_args!("{}: {note}", path.display()));
    }
    Ok(ContentsFile {
        contents,
        passwords,
        bytes,
    })
}

/// Whether a password would give more of what is needed.
fn is_locked(
    read: &Result<Contents, ReadContentsError>,
    needed: Needed,
    password_file: Option<&Path>,
) -> bool {
    match read {
        Err(error) => error.is_password(),
        Ok(contents) => {
            let unverified = contents.notes.contains(&Note::IntegrityNotChecked);
            let given = password_file.is_some();
            match needed {
                Needed::Certificates | Needed::Looks => given && unverified,
                Needed::Listing => given && (contents.has_locked_key() || unverified),
                Needed::Keys => contents.has_locked_key() || (given && unverified),
                Needed::Whole => contents.has_locked_key() || unverified,
            }
        }
    }
}

fn passwords(path: &Path, file: Option<&Path>) -> Result<Passwords, Failure> {
    match file {
        Some(file) => password_prompt::all_from_file(file),
        None => {
            let asked = password_prompt::ask(&format!("Password of {}: ", path.display()))?;
            Ok(asked.into_iter().collect())
        }
    }
}

fn refuse_locked(
    path: &Path,
    contents: &Contents,
    needed: Needed,
    passwords: &Passwords,
) -> Result<(), Failure> {
    let shown = path.display();
    let locked = contents.keys.iter().find(|found| found.is_locked());
    let unverified = contents.notes.contains(&Note::IntegrityNotChecked);
    let failure = match (needed, locked.map(|found| &found.key)) {
        (Needed::Keys | Needed::Whole, Some(Err(error))) => {
            let error = anyhow::Error::new(error.clone());
            Failure::request(error.context(format!("a private key in {shown} stays locked")))
        }
        (Needed::Whole, _) if unverified => Failure::request(message(format!(
            "without its password it cannot be checked whether {shown} was changed, nor can it be \
             written anew"
        ))),
        (
            Needed::Certificates | Needed::Looks | Needed::Listing | Needed::Keys | Needed::Whole,
            _,
        ) => return Ok(()),
    };
    Err(with_hint(failure, passwords))
}

/// Says where passwords are given.
pub(crate) fn with_hint(failure: Failure, passwords: &Passwords) -> Failure {
    failure.hint(match passwords.is_none() {
        true => "give the password in a file, with --password-file",
        false => {
            "the password file has the password of the file in its first line, and those of keys that have their own in \
             the next ones"
        }
    })
}
