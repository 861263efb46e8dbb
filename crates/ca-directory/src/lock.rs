//! The lock of a folder: `flock` on the `ca_conf` of a CA directory, or on a folder that lists are
//! published in.
//!
//! Whoever changes the folder holds it; readers need none. It falls with the process, so a killed
//! command never leaves it behind.

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::durable::{Doing, FileError};

/// The right to change a folder; given back when dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _folder: File,
}

impl Lock {
    /// Takes the lock of `folder`, waiting for whoever holds it.
    pub(crate) fn take(folder: &Path) -> Result<Self, FileError> {
        let file = open(folder)?;
        loop {
            match flock(&file, FlockOperation::LockExclusive) {
                Ok(()) => return Ok(Self { _folder: file }),
                Err(Errno::INTR) => {}
                Err(error) => return Err(FileError::new(Doing::Lock, folder, error)),
            }
        }
    }

    /// The same; where somebody holds it, `waiting` is told before the wait.
    pub(crate) fn take_telling(folder: &Path, waiting: impl FnOnce()) -> Result<Self, FileError> {
        match Self::try_take(folder)? {
            Some(lock) => Ok(lock),
            None => {
                waiting();
                Self::take(folder)
            }
        }
    }

    /// Takes the lock of `folder` unless somebody holds it.
    pub(crate) fn try_take(folder: &Path) -> Result<Option<Self>, FileError> {
        let file = open(folder)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self { _folder: file })),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(FileError::new(Doing::Lock, folder, error)),
        }
    }
}

fn open(folder: &Path) -> Result<File, FileError> {
    File::open(folder).map_err(|error| FileError::new(Doing::Lock, folder, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let held = Lock::take(folder.path()).unwrap();
        assert!(Lock::try_take(folder.path()).unwrap().is_none());
        let mut held = Some(held);
        drop(Lock::take_telling(folder.path(), || drop(held.take())).unwrap());
        assert!(held.is_none(), "it was told");
        assert!(Lock::try_take(folder.path()).unwrap().is_some());
    }
}
