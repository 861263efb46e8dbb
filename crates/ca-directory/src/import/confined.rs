//! A folder that came from elsewhere, of which nothing outside is read.
//!
//! Links inside it are followed as long as they stay inside. Invariant: what is opened here lies below the
//! folder that was given, whoever changes it meanwhile: links are resolved first, and what they lead to is
//! opened name by name from the folder, following none.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Dir, Mode, OFlags, open, openat};
use rustix::io::Errno;
use trustpack_keystore::limited_file::{self, ReadFileError};
use zeroize::Zeroizing;

use crate::durable::{Doing, FileError, MAX_SMALL_FILE_BYTES};
use crate::layout;

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct Confined {
    given: PathBuf,
    real: PathBuf,
    root: Arc<OwnedFd>,
}

/// A file or folder of a source cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A link or a configuration leads out of the folder.
    #[error("{path} {outside}", path = .0.path.display(), outside = .0)]
    Outside(Outside),
    /// More entries than are read.
    #[error("{} has more than {MAX_ENTRIES} entries", path.display())]
    TooManyEntries {
        /// The folder.
        path: PathBuf,
    },
}

/// What leads out of the folder, said of its path.
#[derive(Debug, thiserror::Error)]
#[error(
    "leads to {}, outside {}; nothing outside the source is read unless an option names it",
    leads_to.display(), source_folder.display()
)]
pub struct Outside {
    /// What was to be read.
    pub path: PathBuf,
    /// Where that is.
    pub leads_to: PathBuf,
    /// The folder that was given.
    pub source_folder: PathBuf,
}

/// Entries of one folder that are looked at: more certificates than any CA of files has issued.
const MAX_ENTRIES: usize = 2_000_000;
/// A ledger of as many lines, each longer than usual.
const MAX_LARGE_FILE_BYTES: u64 = 512 << 20;

/// A folder that is only passed through.
const PASSING: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// Without waiting for whoever writes into a pipe.
const READING: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

impl Confined {
    /// Takes a folder.
    pub(crate) fn open(folder: &Path) -> Result<Self, FileError> {
        let error = |source| FileError::new(Doing::Read, folder, source);
        let real = folder.canonicalize().map_err(error)?;
        let root = open(&real, PASSING, Mode::empty()).map_err(|errno| error(errno.into()))?;
        Ok(Self {
            given: folder.to_path_buf(),
            real,
            root: Arc::new(root),
        })
    }

    /// The folder as it was given.
    pub(crate) fn folder(&self) -> &Path {
        &self.given
    }

    /// Whether a folder, which need not be there, is this one or lies in it.
    pub(crate) fn contains_place(&self, dir: &Path) -> bool {
        let real = dir
            .ancestors()
            .find_map(|above| match above.as_os_str().is_empty() {
                true => Path::new(".").canonicalize().ok(),
                false => above.canonicalize().ok(),
            });
        real.is_some_and(|real| real.starts_with(&self.real))
    }

    /// A path that a configuration names; none where its words lead outside.
    pub(crate) fn named(&self, value: &str) -> Option<PathBuf> {
        layout::inside_path(&self.given, value)
    }

    /// Whether there is something, and inside.
    pub(crate) fn has(&self, path: &Path) -> bool {
        matches!(self.inside(path), Ok(Some(_)))
    }

    /// The contents of a small file that may be missing.
    pub(crate) fn read(&self, path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, SourceError> {
        self.read_up_to(path, MAX_SMALL_FILE_BYTES)
    }

    fn read_up_to(
        &self,
        path: &Path,
        limit: usize,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, SourceError> {
        let error = |error: ReadFileError| FileError::new(Doing::Read, path, error);
        let Some(file) = self.open_file(path)? else {
            return Ok(None);
        };
        let read = limited_file::read_opened(file, limit).map_err(error)?;
        Ok(Some(read.bytes))
    }

    /// A ledger, which grows: open, to be read piece by piece.
    pub(crate) fn open_large(&self, path: &Path) -> Result<Option<File>, SourceError> {
        let error = |error: io::Error| FileError::new(Doing::Read, path, error);
        let Some(file) = self.open_file(path)? else {
            return Ok(None);
        };
        match file.metadata().map_err(error)?.len() {
            length if length > MAX_LARGE_FILE_BYTES => {
                Err(error(io::ErrorKind::FileTooLarge.into()).into())
            }
            _ => Ok(Some(file)),
        }
    }

    /// A regular file inside.
    fn open_file(&self, path: &Path) -> Result<Option<File>, SourceError> {
        let error = |error: ReadFileError| FileError::new(Doing::Read, path, error);
        let Some(real) = self.inside(path)? else {
            return Ok(None);
        };
        let file = File::from(
            self.open_real(&real, READING)
                .map_err(|errno| error(io::Error::from(errno).into()))?,
        );
        let metadata = file.metadata().map_err(|failed| error(failed.into()))?;
        match metadata.is_file() {
            true => Ok(Some(file)),
            false => Err(error(ReadFileError::NotAFile).into()),
        }
    }

    /// What is in a folder, sorted by name; nothing if it is not there.
    pub(crate) fn entries(&self, folder: &Path) -> Result<Vec<PathBuf>, SourceError> {
        let error = |errno: Errno| FileError::new(Doing::Read, folder, errno);
        let Some(real) = self.inside(folder)? else {
            return Ok(Vec::new());
        };
        let opened = match self.open_real(&real, OFlags::RDONLY | OFlags::DIRECTORY) {
            Err(Errno::NOTDIR) => return Ok(Vec::new()),
            opened => opened.map_err(error)?,
        };
        let mut paths = Vec::new();
        for entry in Dir::read_from(opened).map_err(error)? {
            let entry = entry.map_err(error)?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            if paths.len() == MAX_ENTRIES {
                return Err(SourceError::TooManyEntries {
                    path: folder.to_path_buf(),
                });
            }
            paths.push(folder.join(OsStr::from_bytes(name)));
        }
        paths.sort();
        Ok(paths)
    }

    /// Opens what is inside, of which the real path is known. A link that has come into that path since it was
    /// resolved is an error.
    fn open_real(&self, real: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
        let last = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let below = real.strip_prefix(&self.real).map_err(|_| Errno::XDEV)?;
        let (Some(folders), Some(name)) = (below.parent(), below.file_name()) else {
            return openat(&*self.root, ".", last, Mode::empty());
        };
        let mut at = openat(&*self.root, ".", PASSING, Mode::empty())?;
        for folder in folders {
            at = openat(&at, folder, PASSING | OFlags::NOFOLLOW, Mode::empty())?;
        }
        openat(&at, name, last, Mode::empty())
    }

    /// Where `path` really is; none if there is nothing.
    fn inside(&self, path: &Path) -> Result<Option<PathBuf>, SourceError> {
        match path.canonicalize() {
            Ok(real) if real.starts_with(&self.real) => Ok(Some(real)),
            Ok(leads_to) => Err(SourceError::Outside(Outside {
                path: path.to_path_buf(),
                leads_to,
                source_folder: self.given.clone(),
            })),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(FileError::new(Doing::Read, path, error).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_link_that_comes_after_the_look_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source");
        fs::create_dir_all(source.join("below")).unwrap();
        fs::create_dir(folder.path().join("outside")).unwrap();
        for place in ["source", "source/below", "outside"] {
            fs::write(folder.path().join(place).join("file"), place).unwrap();
        }
        let confined = Confined::open(&source).unwrap();
        let file = confined.inside(&source.join("file")).unwrap().unwrap();
        let deep = confined
            .inside(&source.join("below/file"))
            .unwrap()
            .unwrap();
        assert!(confined.open_real(&file, READING).is_ok());
        assert!(confined.open_real(&deep, READING).is_ok());
        fs::remove_file(source.join("file")).unwrap();
        fs::remove_dir_all(source.join("below")).unwrap();
        symlink("../outside/file", source.join("file")).unwrap();
        symlink("../outside", source.join("below")).unwrap();
        for swapped in [file, deep] {
            assert!(confined.open_real(&swapped, READING).is_err());
        }
        let outside = folder.path().join("outside/file");
        assert!(confined.open_real(&outside, READING).is_err());
    }

    #[test]
    fn follows_no_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source");
        fs::create_dir(&source).unwrap();
        fs::write(folder.path().join("secret"), "secret").unwrap();
        fs::write(source.join("plain"), "plain").unwrap();
        symlink("plain", source.join("link")).unwrap();
        symlink("../secret", source.join("out")).unwrap();
        symlink("..", source.join("up")).unwrap();
        let confined = Confined::open(&source).unwrap();
        let read = |name: &str| confined.read(&source.join(name));
        for good in ["plain", "link"] {
            assert_eq!(read(good).unwrap().unwrap().as_slice(), b"plain");
        }
        assert!(read("missing").unwrap().is_none());
        for bad in ["out", "up/secret", "../secret"] {
            assert!(matches!(read(bad), Err(SourceError::Outside(_))), "{bad}");
            assert!(!confined.has(&source.join(bad)));
        }
        let up = confined.entries(&source.join("up"));
        assert!(matches!(up, Err(SourceError::Outside(_))));
        assert_eq!(confined.entries(&source).unwrap().len(), 4);
        assert!(Confined::open(&source.join("plain")).is_err());
    }
}
