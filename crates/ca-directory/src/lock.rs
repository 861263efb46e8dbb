//! The lock of a folder here: of the `ca_conf` of a CA directory, which is private, or of one that is to become such.
//!
//! Whoever changes the folder holds it; readers need none. Not the locking itself, which is that of
//! [`FolderLock`]: invariant, what fails is told with the folder.

use std::io;
use std::path::Path;

use trustpack_keystore::folder_lock::FolderLock;

use crate::durable::{Doing, FileError};

/// The right to change a folder; given back when dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _held: FolderLock,
}

impl Lock {
    /// Takes the lock of `folder`, waiting for whoever holds it.
    pub(crate) fn take(folder: &Path) -> Result<Self, FileError> {
        told(folder, FolderLock::take(folder)).map(Self::of)
    }

    /// The same; where somebody holds it, `waiting` is told before the wait.
    pub(crate) fn take_telling(folder: &Path, waiting: impl FnOnce()) -> Result<Self, FileError> {
        told(folder, FolderLock::take_telling(folder, waiting)).map(Self::of)
    }

    /// Takes the lock of `folder` unless somebody holds it.
    pub(crate) fn try_take(folder: &Path) -> Result<Option<Self>, FileError> {
        Ok(told(folder, FolderLock::try_take(folder))?.map(Self::of))
    }

    fn of(held: FolderLock) -> Self {
        Self { _held: held }
    }
}

fn told<T>(folder: &Path, locked: io::Result<T>) -> Result<T, FileError> {
    locked.map_err(|error| FileError::new(Doing::Lock, folder, error))
}
