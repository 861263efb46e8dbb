//! The files of a CA directory, read and written with errors that name the path.
//!
//! How a file is written stands in `trustpack_keystore::private_file` and `public_file`. Invariant: what
//! is made here has no name that others look at before a caller has put it and its folder on disk.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::crl::list_file::MAX_FILE_OCTETS;
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::new_file::OnDisk;
use trustpack_keystore::placing;
use trustpack_keystore::private_file::{self, PrivateMode};
use trustpack_keystore::public_file;
use zeroize::Zeroizing;

/// A file of the CA directory could not be used. The message names the path, its source the reason.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {}", path.display())]
pub struct FileError {
    doing: Doing,
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// What was being done when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    Read,
    Create,
    Write,
    Rename,
    Remove,
    Lock,
    Use,
}

/// What a file of certificates, a key, a serial or a configuration may hold: far more than any has.
pub(crate) const MAX_SMALL_FILE_BYTES: usize = 1 << 20;

/// What a file that is kept as it was may hold: the largest is a CRL in PEM.
pub(crate) const MAX_LARGE_FILE_BYTES: usize = MAX_FILE_OCTETS;

/// What a plan may hold: far more than one of a full chunk of certificates with the longest names.
pub(crate) const MAX_PLAN_BYTES: usize = 16 << 20;

impl FileError {
    pub(crate) fn new(doing: Doing, path: &Path, source: impl Into<io::Error>) -> Self {
        Self {
            doing,
            path: path.to_path_buf(),
            source: source.into(),
        }
    }

    /// The file in question.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }

    /// Whether this account may not do that.
    pub(crate) fn is_denied(&self) -> bool {
        self.source.kind() == io::ErrorKind::PermissionDenied
    }
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Write => "write",
            Self::Rename => "put in place",
            Self::Remove => "remove",
            Self::Lock => "lock",
            Self::Use => "use",
        })
    }
}

/// The contents of a file that must be small. A pipe or device in its place is an error.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    limited_file::read(path, MAX_SMALL_FILE_BYTES, Accepted::RegularFiles)
        .map(|contents| contents.bytes)
        .map_err(|error| FileError::new(Doing::Read, path, error))
}

/// The contents of a file that may be missing.
pub(crate) fn read_if_there(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, FileError> {
    read_up_to(path, MAX_SMALL_FILE_BYTES)
}

/// The contents of a file that may be large, as a CRL is, and may be missing.
pub(crate) fn read_large_if_there(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, FileError> {
    read_up_to(path, MAX_LARGE_FILE_BYTES)
}

/// The plan of a change. It may be larger than the other files: a chunk of certificates is in it.
pub(crate) fn read_plan_if_there(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, FileError> {
    read_up_to(path, MAX_PLAN_BYTES)
}

fn read_up_to(path: &Path, limit: usize) -> Result<Option<Zeroizing<Vec<u8>>>, FileError> {
    match limited_file::read(path, limit, Accepted::RegularFiles) {
        Ok(contents) => Ok(Some(contents.bytes)),
        Err(error) => match FileError::new(Doing::Read, path, error) {
            error if error.is_not_found() => Ok(None),
            error => Err(error),
        },
    }
}

/// A file of any size, opened for reading. A pipe or device in its place is an error, and not waited for.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    Ok(limited_file::open_regular(path)?)
}

/// Creates a file that everybody may read; one that is there is an error.
pub(crate) fn create_public(path: &Path, contents: &[u8]) -> Result<(), FileError> {
    create_public_for(path, contents, OnDisk::Now)
}

/// The same; `on_disk` says who puts its contents on disk.
pub(crate) fn create_public_for(
    path: &Path,
    contents: &[u8],
    on_disk: OnDisk,
) -> Result<(), FileError> {
    public_file::stage(path, on_disk, |file| file.write_all(contents))
        .map_err(|error| FileError::new(Doing::Create, path, error))
}

/// The same, with contents that `fill` writes piece by piece; it should write large pieces.
pub(crate) fn create_public_with(
    path: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), FileError> {
    public_file::stage(path, OnDisk::Now, fill)
        .map_err(|error| FileError::new(Doing::Create, path, error))
}

/// Creates a file with a private key, with its final permissions.
pub(crate) fn create_private(
    path: &Path,
    contents: &[u8],
    mode: PrivateMode,
) -> Result<(), FileError> {
    create_private_for(path, contents, mode, OnDisk::Now)
}

/// The same; `on_disk` says who puts its contents on disk.
pub(crate) fn create_private_for(
    path: &Path,
    contents: &[u8],
    mode: PrivateMode,
    on_disk: OnDisk,
) -> Result<(), FileError> {
    private_file::stage(path, contents, mode, on_disk)
        .map_err(|error| FileError::new(Doing::Create, path, error))
}

/// Writes `contents` into the new file `aside` and lets it take the place of `target`.
///
/// Both must lie on one file system.
pub(crate) fn replace(aside: &Path, target: &Path, contents: &[u8]) -> Result<(), FileError> {
    remove_if_there(aside)?;
    create_public(aside, contents)?;
    fs::rename(aside, target).map_err(|e| FileError::new(Doing::Rename, target, e))?;
    sync_folder_of(target)
}

/// Creates one folder.
pub(crate) fn create_folder(path: &Path, mode: u32) -> Result<(), FileError> {
    fs::DirBuilder::new()
        .mode(mode)
        .create(path)
        .map_err(|error| FileError::new(Doing::Create, path, error))
}

/// Removes a file; one that is missing is as good.
pub(crate) fn remove_if_there(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FileError::new(Doing::Remove, path, error))
        }
        _ => Ok(()),
    }
}

/// Makes the entries of a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), FileError> {
    placing::sync_folder(folder).map_err(|error| FileError::new(Doing::Write, folder, error))
}

/// Puts all that was written on the file system of `folder` on disk, contents and entries: for many files
/// much faster than one by one.
pub(crate) fn sync_file_system(folder: &Path) -> Result<(), FileError> {
    let error = |source| FileError::new(Doing::Write, folder, source);
    let opened = File::open(folder).map_err(error)?;
    rustix::fs::syncfs(&opened).map_err(|errno| error(errno.into()))
}

/// Makes the entry of `path` in its folder durable.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), FileError> {
    sync_folder(placing::folder_of(path))
}
