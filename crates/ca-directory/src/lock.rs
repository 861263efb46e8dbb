//! The locks of the folders here: of the `ca_conf` of a CA directory, which is private ([`Lock`]), and of a folder that
//! gets a CA, which others may read ([`PlaceLock`]).
//!
//! Whoever changes the folder holds it; readers need none. Not the locking itself, which is that of
//! [`FolderLock`] and [`WritersLock`]: invariant, what fails is told with the folder.

use std::io;
use std::path::Path;

use trustpack_keystore::folder_lock::FolderLock;
use trustpack_keystore::writers_lock::WritersLock;

use crate::durable::{Doing, FileError};

/// The right to change a folder; given back when dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _held: FolderLock,
}

impl Lock {
    /// Takes the lock of `folder`; where somebody holds it, `waiting` is told before the wait.
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

/// The right to put a CA into a folder; given back when dropped.
#[derive(Debug)]
pub(crate) struct PlaceLock {
    _held: WritersLock,
}

impl PlaceLock {
    /// Takes the lock of `folder`, waiting for whoever holds it.
    pub(crate) fn take(folder: &Path) -> Result<Self, FileError> {
        told(folder, WritersLock::take(folder)).map(Self::of)
    }

    /// Takes the lock of `folder` unless somebody holds it.
    pub(crate) fn try_take(folder: &Path) -> Result<Option<Self>, FileError> {
        Ok(told(folder, WritersLock::try_take(folder))?.map(Self::of))
    }

    fn of(held: WritersLock) -> Self {
        Self { _held: held }
    }
}

fn told<T>(folder: &Path, locked: io::Result<T>) -> Result<T, FileError> {
    locked.map_err(|error| FileError::new(Doing::Lock, folder, error))
}
