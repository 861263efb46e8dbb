//! Files that a command makes: whole or not at all, private from the first moment, and read back.
//!
//! How that is done stands in [`private_file`] and [`public_file`]; here is who may read what. Invariant: a
//! file with a private key is written by [`private_file`] only.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use trustpack_keystore::placing::{Existing, WriteFileError};
use trustpack_keystore::private_file::{self, PrivateMode};
use trustpack_keystore::public_file::{self, PublicMode};

use crate::failure::Failure;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrecy {
    /// There is a private key in it: the owner only.
    Private,
    /// Everybody whom the umask lets.
    Public,
}

/// What `--replace` says.
pub(crate) fn existing(replace: bool) -> Existing {
    if replace {
        Existing::Replace
    } else {
        Existing::Refuse
    }
}

/// Refuses a file that is there, if it must stay: before anybody is asked for a password. One that comes
/// later is refused when the file is written.
///
/// # Errors
///
/// When it is there and must not be replaced.
pub(crate) fn check(path: &Path, existing: Existing) -> Result<(), Failure> {
    if existing == Existing::Refuse && fs::symlink_metadata(path).is_ok() {
        let path = path.to_owned();
        return Err(Failure::request(WriteFileError::Exists { path }));
    }
    Ok(())
}

/// Writes a file, reads it back and puts it on disk.
///
/// # Errors
///
/// When it cannot be written, or is not what was written. A file that was there is as before.
pub(crate) fn write(
    path: &Path,
    contents: &[u8],
    secrecy: Secrecy,
    existing: Existing,
) -> Result<(), Failure> {
    match secrecy {
        Secrecy::Private => private_file::write(path, contents, mode_of(path), existing),
        Secrecy::Public => public_file::write(path, contents, PublicMode::ByUmask, existing),
    }
    .map(drop)
    .map_err(|error| not_written(path, error))
}

/// Why a file was not written, with what to do about it.
pub(crate) fn not_written(path: &Path, error: WriteFileError) -> Failure {
    let failure = Failure::request(error);
    let mut above = path.ancestors().skip(1);
    match above.next().is_some_and(is_missing) {
        true => failure.hint(
            "the folder above it is not there: make it first (mkdir -p), or name another one",
        ),
        false => failure,
    }
}

/// The empty path is the current folder.
fn is_missing(folder: &Path) -> bool {
    !folder.as_os_str().is_empty() && !folder.exists()
}

/// A group that was let in stays; everybody else was let in by mistake.
fn mode_of(path: &Path) -> PrivateMode {
    match fs::metadata(path) {
        Ok(found) if found.mode() & 0o040 != 0 && found.mode() & 0o007 == 0 => {
            PrivateMode::Group0640(found.gid())
        }
        Ok(_) | Err(_) => PrivateMode::Owner0600,
    }
}
