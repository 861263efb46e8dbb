//! Where files come from: the file system, or memory.
//!
//! Not what is in them. Invariant: content and permissions of a file are of one opened file, so that
//! a swap between two looks cannot mix them.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use trustpack_keystore::limited_file::{self, Accepted};
use zeroize::Zeroizing;

/// A place that files are read from.
pub trait Files {
    /// Reads a whole file of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`ReadFileError`] when it is not there, may not be read, is no regular file or is too large.
    fn read(&self, path: &Path, limit: usize) -> Result<FileContents, ReadFileError>;
}

/// What is in a file, and who may see it.
#[derive(Debug)]
pub struct FileContents {
    /// Its bytes; wiped when dropped, because it may hold a private key.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Who may read it.
    pub readers: Readers,
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Readers {
    /// Its owner, and perhaps its group.
    Restricted,
    /// Every account of the machine.
    Everyone,
    /// The system does not say it in a form that is understood here.
    Unknown,
}

/// A file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFileError {
    /// There is none.
    #[error("there is no such file")]
    NotFound,
    /// The account of this process may not read it.
    #[error("this account may not read it")]
    NotPermitted,
    /// A folder, a device, a pipe; too large; or the system failed.
    #[error(transparent)]
    Unreadable(limited_file::ReadFileError),
}

/// The files of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemFiles;

/// Files that are only in memory: for tests, and for programs that hold their material themselves.
#[derive(Debug, Default)]
pub struct MemoryFiles(BTreeMap<PathBuf, (Zeroizing<Vec<u8>>, Readers)>);

impl Files for SystemFiles {
    fn read(&self, path: &Path, limit: usize) -> Result<FileContents, ReadFileError> {
        let contents = limited_file::read(path, limit, Accepted::RegularFiles)?;
        Ok(FileContents {
            bytes: contents.bytes,
            readers: readers(&contents.metadata),
        })
    }
}

impl MemoryFiles {
    /// No files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces it.
    pub fn insert(
        &mut self,
        path: impl Into<PathBuf>,
        bytes: impl Into<Vec<u8>>,
        readers: Readers,
    ) {
        let bytes = Zeroizing::new(bytes.into());
        self.0.insert(path.into(), (bytes, readers));
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &Path, limit: usize) -> Result<FileContents, ReadFileError> {
        let (bytes, readers) = self.0.get(path).ok_or(ReadFileError::NotFound)?;
        if bytes.len() > limit {
            return Err(limited_file::ReadFileError::TooLarge { limit }.into());
        }
        Ok(FileContents {
            bytes: bytes.clone(),
            readers: *readers,
        })
    }
}

impl From<limited_file::ReadFileError> for ReadFileError {
    fn from(error: limited_file::ReadFileError) -> Self {
        let kind = match &error {
            limited_file::ReadFileError::Io(error) => Some(error.kind()),
            limited_file::ReadFileError::NotAFile
            | limited_file::ReadFileError::NoWriter
            | limited_file::ReadFileError::Silent
            | limited_file::ReadFileError::TooLarge { .. } => None,
        };
        match kind {
            Some(io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Self::NotFound,
            Some(io::ErrorKind::PermissionDenied) => Self::NotPermitted,
            Some(_) | None => Self::Unreadable(error),
        }
    }
}

#[cfg(unix)]
fn readers(metadata: &Metadata) -> Readers {
    use std::os::unix::fs::PermissionsExt;

    /// The bit of a mode that lets others read.
    ///
    /// Source: POSIX.1-2017, `<sys/stat.h>`, S_IROTH.
    const OTHERS_READ: u32 = 0o004;
    if metadata.permissions().mode() & OTHERS_READ == 0 {
        Readers::Restricted
    } else {
        Readers::Everyone
    }
}

#[cfg(not(unix))]
fn readers(_metadata: &Metadata) -> Readers {
    Readers::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_up_to_their_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, b"12345").unwrap();
        let contents = SystemFiles.read(&path, 5).unwrap();
        assert_eq!(contents.bytes.as_slice(), b"12345");
        assert!(matches!(
            SystemFiles.read(&path, 4),
            Err(ReadFileError::Unreadable(
                limited_file::ReadFileError::TooLarge { limit: 4 }
            ))
        ));
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            SystemFiles.read(folder.path(), 5),
            Err(ReadFileError::Unreadable(
                limited_file::ReadFileError::NotAFile
            ))
        ));
        assert!(matches!(
            SystemFiles.read(&folder.path().join("none"), 5),
            Err(ReadFileError::NotFound)
        ));
    }

    #[cfg(unix)]
    #[test]
    fn who_may_read_a_file_is_seen() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, b"k").unwrap();
        for (mode, want) in [(0o640, Readers::Restricted), (0o644, Readers::Everyone)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(SystemFiles.read(&path, 9).unwrap().readers, want);
        }
    }
}
