//! The place in which a bundle is written before it has its name: `.trustpack-new`, beside the folder that it will
//! be.
//!
//! Whoever has it holds its lock, so that what is found in it was left by a writer that was killed. Invariant: only
//! this account can enter it, and it is in no folder in which every account may exchange it for another.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::process::geteuid;
use trustpack_keystore::folder_lock::FolderLock;
use trustpack_keystore::placing;

use crate::write::WriteBundleError;

/// Its name.
const NAME: &str = ".trustpack-new";
/// Other writers may remove it while we are about to enter it; so often is too often.
const ATTEMPTS: usize = 100;
/// Every account may write.
const WRITABLE_BY_ALL: u32 = 0o002;
/// In a folder with it only the owner of a file may rename it (inode(7)).
const STICKY: u32 = 0o1000;

/// The place, locked. Removed when dropped.
#[derive(Debug)]
pub(crate) struct Aside {
    place: PathBuf,
    /// Where the bundle is written.
    pub(crate) folder: PathBuf,
    _lock: FolderLock,
}

impl Aside {
    /// Makes the place for the bundle that will be `folder`, waiting for other writers, and clears it.
    pub(crate) fn make(folder: &Path) -> Result<Self, WriteBundleError> {
        let parent = placing::folder_of(folder);
        let failed = |path: &Path, source| WriteBundleError::File {
            path: path.to_path_buf(),
            source,
        };
        refuse_shared(parent)?;
        let place = parent.join(NAME);
        let lock = enter(&place).map_err(|error| failed(&place, error))?;
        let aside = Self {
            folder: place.join(folder.file_name().unwrap_or_default()),
            place,
            _lock: lock,
        };
        let made = clear(&aside.place).and_then(|()| {
            let mut builder = DirBuilder::new();
            builder.mode(0o755).create(&aside.folder)
        });
        made.map_err(|error| failed(&aside.folder, error))?;
        Ok(aside)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // What cannot be removed now the next writer removes.
        drop(clear(&self.place));
        drop(fs::remove_dir(&self.place));
    }
}

/// In such a folder anybody could put another in the place of ours, with another CA in it.
pub(crate) fn refuse_shared(parent: &Path) -> Result<(), WriteBundleError> {
    let path = || parent.to_path_buf();
    let found = parent.metadata().map_err(|source| WriteBundleError::File {
        path: path(),
        source,
    })?;
    match found.permissions().mode() & (WRITABLE_BY_ALL | STICKY) {
        WRITABLE_BY_ALL => Err(WriteBundleError::SharedFolder { path: path() }),
        _ => Ok(()),
    }
}

/// Makes the place if it is not there, and locks it.
fn enter(place: &Path) -> io::Result<FolderLock> {
    for _ in 0..ATTEMPTS {
        match DirBuilder::new().mode(0o700).create(place) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = match open(place, flags, Mode::empty()) {
            Ok(folder) => File::from(folder),
            Err(Errno::NOENT) => continue,
            Err(error) => return Err(error.into()),
        };
        let mine = folder.metadata()?;
        if mine.uid() != geteuid().as_raw() {
            return Err(io::Error::other(
                "it belongs to another account; take it away",
            ));
        }
        let lock = FolderLock::take_open(folder)?;
        // Another writer may have removed it while we waited.
        let there = place.symlink_metadata();
        if there.is_ok_and(|there| (there.dev(), there.ino()) == (mine.dev(), mine.ino())) {
            return Ok(lock);
        }
    }
    Err(io::Error::other("other programs keep removing it"))
}

/// Removes what is in it. Links are not followed.
fn clear(place: &Path) -> io::Result<()> {
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_writer_left_goes() {
        let parent = tempfile::tempdir().unwrap();
        let left = parent.path().join(NAME).join("old");
        fs::create_dir_all(&left).unwrap();
        fs::write(left.join("key.pem"), "key").unwrap();
        std::os::unix::fs::symlink("/etc", left.join("link")).unwrap();
        std::os::unix::fs::symlink("/etc", parent.path().join(NAME).join("link")).unwrap();
        let aside = Aside::make(&parent.path().join("new")).unwrap();
        assert!(aside.folder.is_dir() && !left.exists());
        fs::rename(&aside.folder, parent.path().join("new")).unwrap();
        drop(aside);
        let names = fs::read_dir(parent.path()).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["new"]);
        assert!(Path::new("/etc/passwd").exists());
    }

    #[test]
    fn writers_wait_for_each_other() {
        let parent = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let folder = parent.path().join(number.to_string());
                scope.spawn(move || {
                    for _ in 0..20 {
                        let aside = Aside::make(&folder).unwrap();
                        assert_eq!(fs::read_dir(&aside.place).unwrap().count(), 1);
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_link_or_a_folder_for_all_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("new");
        let place = parent.path().join(NAME);
        std::os::unix::fs::symlink("/tmp", &place).unwrap();
        assert!(matches!(
            Aside::make(&folder),
            Err(WriteBundleError::File { .. })
        ));
        fs::remove_file(&place).unwrap();
        let modes = [
            (0o777, false),
            (0o1777, true),
            (0o775, true),
            (0o702, false),
        ];
        for (mode, want) in modes {
            fs::set_permissions(parent.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(Aside::make(&folder).is_ok(), want, "{mode:o}");
        }
    }
}
