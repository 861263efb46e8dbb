//! Files that a command makes: whole or not at all, private from the first moment, and read back.
//!
//! Invariant: a file with a private key is written by [`private_file`] only.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, chown};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use trustpack_keystore::private_file::{self, PrivateMode};

use crate::failure::{Failure, message};

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrecy {
    /// There is a private key in it: the owner only.
    Private,
    /// Everybody whom the umask lets.
    Public,
}

/// What becomes of a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It is an error, and the file stays.
    Refuse,
    /// The new one takes its place in one step.
    Replace,
}

impl Existing {
    /// What `--replace` says.
    pub(crate) fn of_replace(replace: bool) -> Self {
        if replace { Self::Replace } else { Self::Refuse }
    }
}

/// Refuses a file that is there, if it must stay: before anybody is asked for a password.
///
/// # Errors
///
/// When it is there and must not be replaced.
pub(crate) fn check(path: &Path, existing: Existing) -> Result<(), Failure> {
    if existing == Existing::Refuse && fs::symlink_metadata(path).is_ok() {
        let text = format!("{} is there already; it was left as it is", path.display());
        return Err(Failure::request(message(text)));
    }
    Ok(())
}

/// Writes a file, puts it on disk and reads it back.
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
    let there = fs::symlink_metadata(path).is_ok();
    check(path, existing)?;
    match secrecy {
        Secrecy::Private if there => {
            private_file::replace(path, contents, mode_of(path)).map_err(Failure::request)?;
        }
        Secrecy::Private => {
            private_file::create(path, contents, PrivateMode::Owner0600)
                .map_err(Failure::request)?;
        }
        Secrecy::Public => write_public(path, contents)
            .with_context(|| format!("cannot write {}", path.display()))
            .map_err(Failure::request)?,
    }
    let same = fs::read(path).is_ok_and(|read| read == contents);
    if same {
        Ok(())
    } else {
        let text = format!("{} does not hold what was written into it", path.display());
        Err(Failure::request(message(text)))
    }
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

fn write_public(path: &Path, contents: &[u8]) -> io::Result<()> {
    // A link goes on to lead to the file.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let new = beside(&target)?;
    let found = fs::metadata(&target).ok();
    // Until it has the permissions of the old file, which may hold secrets, nobody else reads the new one.
    let mode = if found.is_some() { 0o600 } else { 0o644 };
    let written = fill_new(&new, contents, mode).and_then(|()| {
        if let Some(found) = found {
            keep_owner(&new, &found)?;
            fs::set_permissions(&new, found.permissions())?;
        }
        fs::rename(&new, &target)
    });
    if written.is_err() {
        // What is told is why it could not be written; the new file is ours, or gone.
        drop(fs::remove_file(&new));
    }
    written?;
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// Gives a new file the owner and group of the one whose place it takes; in front of the permissions, some of which a
/// change of owner takes away.
fn keep_owner(new: &Path, old: &Metadata) -> io::Result<()> {
    let made = fs::metadata(new)?;
    if (made.uid(), made.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    chown(new, Some(old.uid()), Some(old.gid()))
}

fn fill_new(path: &Path, contents: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

/// A name beside the file that nobody else has.
fn beside(target: &Path) -> io::Result<PathBuf> {
    let name = target
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it names no file"))?;
    let mut new = std::ffi::OsString::from(".");
    new.push(name);
    new.push(format!(".{}.new", std::process::id()));
    Ok(target.with_file_name(new))
}
