//! The lock of a folder: `flock` on the folder itself, for as long as the value lives.
//!
//! Not a lock against programs that take none. Invariant: of all that take it, in this process and in others, one
//! holds it at a time; it falls with the process, so a killed one never leaves it behind.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// The right to change a folder; given back when dropped.
#[derive(Debug)]
pub struct FolderLock {
    _folder: File,
}

impl FolderLock {
    /// Takes the lock of `folder`, waiting for whoever holds it.
    ///
    /// # Errors
    ///
    /// What the operating system says, when the folder cannot be opened or locked.
    pub fn take(folder: &Path) -> io::Result<Self> {
        Self::take_open(File::open(folder)?)
    }

    /// The same for a folder that is open already.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn take_open(folder: File) -> io::Result<Self> {
        while let Err(error) = flock(&folder, FlockOperation::LockExclusive) {
            if error != Errno::INTR {
                return Err(error.into());
            }
        }
        Ok(Self { _folder: folder })
    }

    /// As [`FolderLock::take`]; where somebody holds it, `waiting` is told before the wait.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn take_telling(folder: &Path, waiting: impl FnOnce()) -> io::Result<Self> {
        match try_open(File::open(folder)?)? {
            Tried::Taken(lock) => Ok(lock),
            Tried::Held(folder) => {
                waiting();
                Self::take_open(folder)
            }
        }
    }

    /// Takes the lock of `folder` unless somebody holds it.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn try_take(folder: &Path) -> io::Result<Option<Self>> {
        Ok(match try_open(File::open(folder)?)? {
            Tried::Taken(lock) => Some(lock),
            Tried::Held(_) => None,
        })
    }
}

enum Tried {
    Taken(FolderLock),
    Held(File),
}

fn try_open(folder: File) -> io::Result<Tried> {
    match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Tried::Taken(FolderLock { _folder: folder })),
        Err(Errno::WOULDBLOCK) => Ok(Tried::Held(folder)),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let held = FolderLock::take(folder.path()).unwrap();
        assert!(FolderLock::try_take(folder.path()).unwrap().is_none());
        let mut held = Some(held);
        drop(FolderLock::take_telling(folder.path(), || drop(held.take())).unwrap());
        assert!(held.is_none(), "it was told");
        assert!(FolderLock::try_take(folder.path()).unwrap().is_some());
    }
}
