//! Putting a finished file under its name: whole, read back, and on disk.
//!
//! Not who may read it: [`crate::private_file`] and [`crate::public_file`] make the file, beside the
//! name that it is to have. Invariant: under the name there is at every moment what was there before or
//! the whole new file, and a file that must stay is never replaced, whoever else writes there.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use crate::new_file::{Failed, NewFileError, Step};
use crate::random;

mod target;

pub use self::target::is_same_file;
use self::target::{free, replaceable};

/// What becomes of a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the new one is not written.
    Refuse,
    /// The new one takes its place in one step. Where the path is a link of ours, the link stays and
    /// the file that it leads to is replaced.
    Replace,
}

/// A file that stands under its name and was, read again, what was written.
#[derive(Debug)]
pub struct Written {
    path: PathBuf,
}

impl Written {
    /// The file, as its path was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A file was not written; what was there is as it was.
#[derive(Debug, thiserror::Error)]
pub enum WriteFileError {
    /// There is such a file, folder or link, and it must stay.
    #[error("{} is there already; it was left as it is", path.display())]
    Exists {
        /// The path.
        path: PathBuf,
    },
    /// The path ends in nothing that a file could be called.
    #[error("{} names no file", path.display())]
    NoName {
        /// The path.
        path: PathBuf,
    },
    /// The link leads nowhere.
    #[error("the link {} leads nowhere", path.display())]
    BrokenLink {
        /// The link.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Somebody else decides where the link leads.
    #[error(
        "the link {} belongs to another account (user {owner}); only links of one's own and of root are followed",
        path.display()
    )]
    LinkOfAnother {
        /// The link.
        path: PathBuf,
        /// Number of the account.
        owner: u32,
    },
    /// There is something else than a file.
    #[error("{} is no regular file", path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
    },
    /// The operating system gave no random bytes for the name beside.
    #[error("the operating system gave no random bytes")]
    Random,
    /// The new file could not be made, or holds something else than was written.
    #[error(transparent)]
    New(#[from] NewFileError),
    /// The new file could not take the name.
    #[error("cannot put {} in place", path.display())]
    Place {
        /// The path.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The new file has the name; whether it has it after a power failure is not known.
    #[error("{} is written, but its folder cannot be put on disk", path.display())]
    Folder {
        /// The path.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

/// Has `make` write a file beside `path`, put it on disk and compare what it reads, and gives it the
/// name. Of a file that it is to replace, `make` gets what the system says.
pub(crate) fn place(
    path: &Path,
    existing: Existing,
    make: impl FnOnce(&Path, Option<&Metadata>) -> Result<(), Failed>,
) -> Result<Written, WriteFileError> {
    let (target, old) = match existing {
        Existing::Refuse => (free(path)?, None),
        Existing::Replace => replaceable(path)?,
    };
    let beside = beside(&target)?;
    make(&beside, old.as_ref()).map_err(|failed| {
        if !matches!(failed, Failed::Step(Step::Create, _)) {
            // It was made, so it is ours. That it cannot be removed would hide why it is no good.
            drop(fs::remove_file(&beside));
        }
        failed.at(path)
    })?;
    let placed = match existing {
        Existing::Refuse => rename_new(&beside, &target),
        Existing::Replace => fs::rename(&beside, &target),
    };
    if let Err(source) = placed {
        // What is told is why it did not get its name. The file beside is ours.
        drop(fs::remove_file(&beside));
        let path = path.to_owned();
        return Err(if source.kind() == io::ErrorKind::AlreadyExists {
            WriteFileError::Exists { path }
        } else {
            WriteFileError::Place { path, source }
        });
    }
    let path = path.to_owned();
    match sync_folder(folder_of(&target)) {
        Ok(()) => Ok(Written { path }),
        Err(source) => Err(WriteFileError::Folder { path, source }),
    }
}

/// Renames a file or folder, replacing nothing.
///
/// # Errors
///
/// What the operating system says; `AlreadyExists` where there is something of that name.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Not every file system knows the flag.
        Err(Errno::INVAL | Errno::NOSYS) => rename_new_by_link(from, to),
        renamed => Ok(renamed?),
    }
}

/// The same, for file systems that cannot do it in one step: what has two names for a moment is whole
/// under both.
fn rename_new_by_link(from: &Path, to: &Path) -> io::Result<()> {
    if from.is_dir() {
        // Folders have one name. Renaming one onto a folder that is not empty fails.
        return fs::rename(from, to);
    }
    fs::hard_link(from, to)?;
    fs::remove_file(from)
}

/// Puts the entries of a folder on disk.
///
/// # Errors
///
/// What the operating system says.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The folder that holds `path`; the current one for a bare name.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

/// A hidden name in the same folder that nobody else has or can guess.
///
/// # Errors
///
/// When the path ends in no name, or the operating system gives no random bytes.
pub fn beside(path: &Path) -> Result<PathBuf, WriteFileError> {
    let name = path.file_name().ok_or_else(|| WriteFileError::NoName {
        path: path.to_owned(),
    })?;
    let suffix: [u8; 8] = random::bytes().map_err(|_| WriteFileError::Random)?;
    let shown = name.as_bytes();
    let shown = shown.get(..MAX_SHOWN_BYTES).unwrap_or(shown);
    let mut new = OsString::from(".");
    new.push(OsStr::from_bytes(shown));
    new.push(format!(".{:016x}", u64::from_be_bytes(suffix)));
    Ok(path.with_file_name(new))
}

/// Whether a name is such a one: what lies under it without a writer was never finished.
#[must_use]
pub fn is_beside(name: &str) -> bool {
    let parts = name
        .strip_prefix('.')
        .and_then(|name| name.rsplit_once('.'));
    parts.is_some_and(|(shown, digits)| {
        let hexadecimal = |b: u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f');
        !shown.is_empty() && digits.len() == SUFFIX_DIGITS && digits.bytes().all(hexadecimal)
    })
}

/// Digits of the random part.
const SUFFIX_DIGITS: usize = 16;

/// So much of a long name is in the name beside, which must not be longer than 255 octets either.
const MAX_SHOWN_BYTES: usize = 200;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const NEW: &[u8] = b"new";

    fn make_new(beside: &Path, _old: Option<&Metadata>) -> Result<(), Failed> {
        fs::write(beside, NEW).map_err(|error| Failed::Step(Step::Write, error))
    }

    fn put(path: &Path, existing: Existing) -> Result<(), WriteFileError> {
        place(path, existing, make_new).map(drop)
    }

    #[track_caller]
    fn check_new(path: &Path, files_in_folder: usize) {
        assert_eq!(fs::read(path).unwrap(), NEW);
        let folder = fs::read_dir(path.parent().unwrap()).unwrap();
        assert_eq!(folder.count(), files_in_folder, "nothing is left behind");
    }

    #[test]
    fn makes_and_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        put(&path, Existing::Replace).unwrap();
        check_new(&path, 1);
        fs::write(&path, "old").unwrap();
        put(&path, Existing::Replace).unwrap();
        check_new(&path, 1);
        fs::remove_file(&path).unwrap();
        put(&path, Existing::Refuse).unwrap();
        check_new(&path, 1);
    }

    #[test]
    fn what_came_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let meanwhile = |beside: &Path, old: Option<&Metadata>| {
            fs::write(&path, "of another").unwrap();
            make_new(beside, old)
        };
        let error = place(&path, Existing::Refuse, meanwhile).unwrap_err();
        let want = format!("{} is there already; it was left as it is", path.display());
        assert_eq!(error.to_string(), want);
        assert_eq!(fs::read(&path).unwrap(), b"of another");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_good_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        let spoilt = |beside: &Path, old: Option<&Metadata>| {
            make_new(beside, old)?;
            Err(Failed::Differs)
        };
        let error = place(&path, Existing::Replace, spoilt).unwrap_err();
        let want = "does not read back as it was written; is the disk sound?";
        assert_eq!(error.to_string(), format!("{} {want}", path.display()));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn without_the_flag_too_nothing_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("new"), "new").unwrap();
        fs::write(at("old"), "old").unwrap();
        for rename in [rename_new, rename_new_by_link] {
            let error = rename(&at("new"), &at("old")).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(at("old")).unwrap(), b"old");
            rename(&at("new"), &at("free")).unwrap();
            assert!(!at("new").exists());
            fs::rename(at("free"), at("new")).unwrap();
            fs::create_dir(at("folder")).unwrap();
            rename(&at("folder"), &at("free")).unwrap();
            fs::remove_dir(at("free")).unwrap();
        }
    }

    #[test]
    fn follows_own_links_and_keeps_them() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("below")).unwrap();
        fs::write(at("below/file"), "old").unwrap();
        symlink("below/second", at("first")).unwrap();
        symlink("file", at("below/second")).unwrap();
        put(&at("first"), Existing::Replace).unwrap();
        check_new(&at("below/file"), 2);
        assert!(at("first").is_symlink() && at("below/second").is_symlink());
        assert!(put(&at("first"), Existing::Refuse).is_err());
    }

    #[test]
    fn refuses_what_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let check = |path: &Path, want: &str| {
            let error = put(path, Existing::Replace).unwrap_err();
            assert_eq!(error.to_string(), want);
        };
        symlink("nowhere", at("link")).unwrap();
        symlink("circle", at("circle")).unwrap();
        for name in ["link", "circle"] {
            let path = at(name);
            check(&path, &format!("the link {} leads nowhere", path.display()));
        }
        let shown = folder.path().display();
        check(folder.path(), &format!("{shown} is no regular file"));
        for name in ["/", ".."] {
            assert!(put(Path::new(name), Existing::Replace).is_err(), "{name}");
        }
        let missing = at("missing/file");
        let want = format!("cannot write {}", missing.display());
        check(&missing, &want);
    }

    #[test]
    fn a_long_name_has_room_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a".repeat(255));
        put(&path, Existing::Refuse).unwrap();
        check_new(&path, 1);
    }

    #[test]
    fn knows_its_own_names() {
        let name = beside(Path::new("a.pem")).unwrap();
        assert!(is_beside(name.to_str().unwrap()));
        for other in [
            "a.pem",
            ".pending",
            ".a.pem",
            "..0123456789abcdef",
            ".a.0123456789abcde",
            ".a.0123456789ABCDEF",
            "a.0123456789abcdef",
        ] {
            assert!(!is_beside(other), "{other}");
        }
    }
}
