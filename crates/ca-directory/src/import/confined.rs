//! A folder that came from elsewhere, of which nothing outside is read.
//!
//! Links inside it are followed as long as they stay inside. Invariant: every path that is opened here
//! lies, with all links resolved, below the folder that was given.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use trustpack_keystore::limited_file::{self, Accepted};
use zeroize::Zeroizing;

use crate::durable::{self, Doing, FileError};
use crate::layout;

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct Confined {
    given: PathBuf,
    real: PathBuf,
}

/// A file or folder of a source cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A link or a configuration leads out of the folder.
    #[error(
        "{} leads to {}, outside {}; nothing outside the source is read unless an option names it",
        path.display(), leads_to.display(), source_folder.display()
    )]
    Outside {
        /// What was to be read.
        path: PathBuf,
        /// Where that is.
        leads_to: PathBuf,
        /// The folder that was given.
        source_folder: PathBuf,
    },
    /// More entries than are read.
    #[error("{} has more than {MAX_ENTRIES} entries", path.display())]
    TooManyEntries {
        /// The folder.
        path: PathBuf,
    },
}

/// Entries of one folder that are looked at: more certificates than any CA of files has issued.
const MAX_ENTRIES: usize = 2_000_000;
/// A ledger of as many lines, each longer than usual.
const MAX_LARGE_FILE_BYTES: usize = 512 << 20;

impl Confined {
    /// Takes a folder.
    pub(crate) fn open(folder: &Path) -> Result<Self, FileError> {
        let error = |source| FileError::new(Doing::Read, folder, source);
        let real = folder.canonicalize().map_err(error)?;
        if !real.is_dir() {
            return Err(error(io::ErrorKind::NotADirectory.into()));
        }
        Ok(Self {
            given: folder.to_path_buf(),
            real,
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
        match self.inside(path)? {
            Some(_) => Ok(durable::read_if_there(path)?),
            None => Ok(None),
        }
    }

    /// The same of a ledger or a list of revoked certificates, which grow.
    pub(crate) fn read_large(
        &self,
        path: &Path,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, SourceError> {
        if self.inside(path)?.is_none() {
            return Ok(None);
        }
        limited_file::read(path, MAX_LARGE_FILE_BYTES, Accepted::RegularFiles)
            .map(|contents| Some(contents.bytes))
            .map_err(|error| FileError::new(Doing::Read, path, error).into())
    }

    /// What is in a folder, sorted by name; nothing if it is not there.
    pub(crate) fn entries(&self, folder: &Path) -> Result<Vec<PathBuf>, SourceError> {
        if self.inside(folder)?.is_none() || !folder.is_dir() {
            return Ok(Vec::new());
        }
        let error = |source| FileError::new(Doing::Read, folder, source);
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(error)? {
            if paths.len() == MAX_ENTRIES {
                return Err(SourceError::TooManyEntries {
                    path: folder.to_path_buf(),
                });
            }
            paths.push(entry.map_err(error)?.path());
        }
        paths.sort();
        Ok(paths)
    }

    /// Where `path` really is; none if there is nothing.
    fn inside(&self, path: &Path) -> Result<Option<PathBuf>, SourceError> {
        match path.canonicalize() {
            Ok(real) if real.starts_with(&self.real) => Ok(Some(real)),
            Ok(leads_to) => Err(SourceError::Outside {
                path: path.to_path_buf(),
                leads_to,
                source_folder: self.given.clone(),
            }),
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
    use std::os::unix::fs::symlink;

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
            assert!(
                matches!(read(bad), Err(SourceError::Outside { .. })),
                "{bad}"
            );
            assert!(!confined.has(&source.join(bad)));
        }
        let up = confined.entries(&source.join("up"));
        assert!(matches!(up, Err(SourceError::Outside { .. })));
        assert_eq!(confined.entries(&source).unwrap().len(), 4);
        assert!(Confined::open(&source.join("plain")).is_err());
    }
}
