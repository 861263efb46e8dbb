//! Where files come from: the file system, a tree of hosts, or memory.
//!
//! Not what is in them. Invariant: content and permissions of a file are of one opened file, so that
//! a swap between two looks cannot mix them.

pub mod permissions;
pub mod tree;
pub mod watched;

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use trustpack_keystore::limited_file::{self, Accepted};
use zeroize::Zeroizing;

use self::permissions::Permissions;
use self::watched::Stamp;

/// A place that files are read from.
pub trait Files {
    /// Reads a whole file of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`ReadFileError`] when it is not there, may not be read, is no regular file or is too large.
    fn read(&self, path: &Path, limit: usize) -> Result<FileContents, ReadFileError>;

    /// What the system says of a file without reading it, by which it is told from another one and from itself later.
    /// `None` where there is none, or that cannot be said.
    fn stamp(&self, path: &Path) -> Option<Stamp> {
        let _ = path;
        None
    }

    /// Where on this machine a path of the host is looked for, if that is somewhere else.
    fn stands_at(&self, path: &Path) -> Option<PathBuf> {
        let _ = path;
        None
    }
}

impl<F: Files + ?Sized> Files for &F {
    fn read(&self, path: &Path, limit: usize) -> Result<FileContents, ReadFileError> {
        (**self).read(path, limit)
    }

    fn stamp(&self, path: &Path) -> Option<Stamp> {
        (**self).stamp(path)
    }

    fn stands_at(&self, path: &Path) -> Option<PathBuf> {
        (**self).stands_at(path)
    }
}

/// What is in a file, and who may see it.
#[derive(Debug)]
pub struct FileContents {
    /// Its bytes; wiped when dropped, because it may hold a private key.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Who may read it.
    pub readers: Readers,
    /// To whom it belongs and what it lets others do, then the same of the folders above it, the nearest
    /// first; empty where the system does not say.
    pub permissions: Vec<Permissions>,
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
    /// A process in a sandbox may not read it, whoever it runs as.
    #[error(
        "it is outside of the folders that this process may read since its start; that takes a restart"
    )]
    OutsideSandbox,
    /// A process in a sandbox may read the folder that was there when it started, and not the one that took its place.
    #[error(
        "the folder {} was replaced since the start of this process, whose sandbox lets it read the one that was there then",
        .folder.display()
    )]
    FolderReplaced {
        /// The folder.
        folder: PathBuf,
    },
    /// The path leads out of the tree of its host.
    #[error("the path leads out of the tree of its host")]
    OutsideTree,
    /// More links than are followed.
    #[error("there are more than {MAX_LINKS} links on the way to it")]
    TooManyLinks,
    /// A folder, a device, a pipe; too large; or the system failed.
    #[error(transparent)]
    Unreadable(limited_file::ReadFileError),
}

/// Links that are followed on the way to a file.
///
/// Source: MAXSYMLINKS of Linux.
pub const MAX_LINKS: usize = 40;

/// The files of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemFiles;

/// Files that are only in memory: for tests, and for programs that hold their material themselves.
#[derive(Debug, Default)]
pub struct MemoryFiles(BTreeMap<PathBuf, InMemory>);

/// A file in memory.
#[derive(Debug)]
struct InMemory {
    bytes: Zeroizing<Vec<u8>>,
    readers: Readers,
    permissions: Vec<Permissions>,
}

impl Files for SystemFiles {
    fn read(&self, path: &Path, limit: usize) -> Result<FileContents, ReadFileError> {
        let contents = limited_file::read(path, limit, Accepted::RegularFiles)?;
        Ok(FileContents {
            bytes: contents.bytes,
            readers: readers(&contents.metadata),
            permissions: permissions::of_file(path, &contents.metadata),
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
        let file = InMemory {
            bytes: Zeroizing::new(bytes.into()),
            readers,
            permissions: Vec::new(),
        };
        self.0.insert(path.into(), file);
    }

    /// Says to whom a file belongs that was inserted, and what it lets others do.
    pub fn set_permissions(&mut self, path: &Path, permissions: Permissions) {
        if let Some(file) = self.0.get_mut(path) {
            file.permissions = vec![permissions];
        }
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &Path, limit: usize) -> Result<FileContents, ReadFileError> {
        let file = self.0.get(path).ok_or(ReadFileError::NotFound)?;
        if file.bytes.len() > limit {
            return Err(limited_file::ReadFileError::TooLarge { limit }.into());
        }
        Ok(FileContents {
            bytes: file.bytes.clone(),
            readers: file.readers,
            permissions: file.permissions.clone(),
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
