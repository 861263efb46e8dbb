//! The lock of a folder that others may read: `flock` on a file in it that only those can open who may write there.
//!
//! The lock of the folder itself ([`FolderLock`](crate::folder_lock::FolderLock)) can be taken, and held for ever, by
//! every account that may read the folder: it is for private ones. Not a lock against programs that take none.
//! Invariant: of all that take it one holds it at a time, and the file is there only meanwhile; a killed one leaves the
//! file behind, and nobody holds that.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

/// The name of the file.
pub const LOCK_FILE: &str = ".trustpack-lock";

/// The group may write.
const WRITABLE_BY_GROUP: u32 = 0o020;
/// Whoever has just made the file gives it away a moment later; so often it is looked whether that has been.
const LOOKS: u32 = 20;
/// Between two of those looks.
const PAUSE: Duration = Duration::from_millis(10);

/// The right to change a folder; given back when dropped.
#[derive(Debug)]
pub struct WritersLock {
    path: PathBuf,
    file: File,
}

impl WritersLock {
    /// Takes the lock of `folder`, waiting for whoever holds it.
    ///
    /// # Errors
    ///
    /// What the operating system says, when nothing can be written there.
    pub fn take(folder: &Path) -> io::Result<Self> {
        Self::take_telling(folder, || {})
    }

    /// The same; where somebody holds it, `waiting` is told before the wait.
    ///
    /// # Errors
    ///
    /// What the operating system says, when nothing can be written there.
    pub fn take_telling(folder: &Path, waiting: impl FnOnce()) -> io::Result<Self> {
        let mut waiting = Some(waiting);
        loop {
            let file = match tried(folder)? {
                Tried::Taken(lock) => return Ok(lock),
                Tried::Held(file) => file,
                Tried::Gone => continue,
            };
            if let Some(waiting) = waiting.take() {
                waiting();
            }
            // This was only to wait: whoever held it has removed the file, or was killed.
            await_lock(&file)?;
        }
    }

    /// Takes the lock of `folder` unless somebody holds it.
    ///
    /// # Errors
    ///
    /// What the operating system says, when nothing can be written there.
    pub fn try_take(folder: &Path) -> io::Result<Option<Self>> {
        loop {
            match tried(folder)? {
                Tried::Taken(lock) => return Ok(Some(lock)),
                Tried::Held(_) => return Ok(None),
                Tried::Gone => {}
            }
        }
    }
}

enum Tried {
    Taken(WritersLock),
    Held(File),
    /// Whoever had it has removed the file meanwhile.
    Gone,
}

fn tried(folder: &Path) -> io::Result<Tried> {
    let path = folder.join(LOCK_FILE);
    let file = open(folder, &path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) if is_there(&path, &file) => Ok(Tried::Taken(WritersLock { path, file })),
        Ok(()) => Ok(Tried::Gone),
        Err(Errno::WOULDBLOCK) => Ok(Tried::Held(file)),
        Err(error) => Err(error.into()),
    }
}

impl Drop for WritersLock {
    fn drop(&mut self) {
        // What cannot be removed harms nobody. Somebody may have taken it away, and another one stand there.
        if is_there(&self.path, &self.file) {
            drop(fs::remove_file(&self.path));
        }
    }
}

/// Opens the file; makes it where there is none.
fn open(folder: &Path, path: &Path) -> io::Result<File> {
    let mut looks = LOOKS;
    loop {
        match opened(folder, path) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied && looks > 0 => {
                looks -= 1;
                thread::sleep(PAUSE);
            }
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return Err(of_another(path, error));
            }
            opened => return opened,
        }
    }
}

fn opened(folder: &Path, path: &Path) -> io::Result<File> {
    // A link would lead to a file of somebody's choice; a pipe would be waited for.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options.custom_flags(flags.bits().cast_signed());
    loop {
        match options.clone().create_new(true).open(path) {
            Ok(file) => {
                hand_over(&file, &folder.metadata()?);
                return Ok(file);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        match options.open(path) {
            // Whoever held it has removed it.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            opened => return opened,
        }
    }
}

/// Lets those open the file who may write in the folder: its owner, and its group where that may.
fn hand_over(file: &File, folder: &Metadata) {
    // Only root can give it to another owner; the others who may write wait in vain then, and are told so.
    if fchown(file, Some(folder.uid()), Some(folder.gid())).is_err() {
        drop(fchown(file, None, Some(folder.gid())));
    }
    let group = file.metadata().map(|found| found.gid()).ok();
    if folder.mode() & WRITABLE_BY_GROUP != 0 && group == Some(folder.gid()) {
        drop(file.set_permissions(Permissions::from_mode(0o660)));
    }
}

fn of_another(path: &Path, error: io::Error) -> io::Error {
    let Ok(found) = path.symlink_metadata() else {
        return error;
    };
    io::Error::new(
        ErrorKind::PermissionDenied,
        format!(
            "{} belongs to user {}: a command of that account is changing the folder, or was killed in the middle of it; \
             once none runs, remove the file",
            path.display(),
            found.uid()
        ),
    )
}

fn await_lock(file: &File) -> io::Result<()> {
    while let Err(error) = flock(file, FlockOperation::LockExclusive) {
        if error != Errno::INTR {
            return Err(error.into());
        }
    }
    Ok(())
}

/// Whether the file still has the name.
fn is_there(path: &Path, file: &File) -> bool {
    let (Ok(there), Ok(mine)) = (path.symlink_metadata(), file.metadata()) else {
        return false;
    };
    (there.dev(), there.ino()) == (mine.dev(), mine.ino())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::folder_lock::FolderLock;

    #[test]
    fn who_may_only_read_the_folder_holds_nobody_up() {
        let folder = tempfile::tempdir().unwrap();
        let _held = FolderLock::take(folder.path()).unwrap();
        let lock = WritersLock::take(folder.path()).unwrap();
        let mode = fs::metadata(folder.path().join(LOCK_FILE)).unwrap().mode();
        assert_eq!(mode & 0o7777, 0o600);
        drop(lock);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn one_holds_it_at_a_time_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let inside = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let lock = WritersLock::take(folder.path()).unwrap();
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(lock);
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn who_waits_is_told_and_what_a_killed_one_left_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(LOCK_FILE), "").unwrap();
        let mut held = Some(WritersLock::take(folder.path()).unwrap());
        assert!(WritersLock::try_take(folder.path()).unwrap().is_none());
        let lock = WritersLock::take_telling(folder.path(), || drop(held.take())).unwrap();
        assert!(held.is_none(), "it was told");
        drop(lock);
        assert!(WritersLock::try_take(folder.path()).unwrap().is_some());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_group_that_may_write_may_lock() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |mode| fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
        mode(0o775);
        let _lock = WritersLock::take(folder.path()).unwrap();
        let found = fs::metadata(folder.path().join(LOCK_FILE)).unwrap();
        assert_eq!(found.mode() & 0o7777, 0o660);
        assert_eq!(found.gid(), fs::metadata(folder.path()).unwrap().gid());
    }

    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        symlink("elsewhere", folder.path().join(LOCK_FILE)).unwrap();
        assert!(WritersLock::take(folder.path()).is_err());
        assert!(!folder.path().join("elsewhere").exists());
    }
}
