//! A folder in which nobody but root and this account can exchange what is put there.
//!
//! Not who may read in it. Invariant: every folder from the root down to a [`SafePlace`] belongs to root or to this
//! account, and not every account may rename what is in it; no link of another account was on the way.

use std::fs::{self, DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use trustpack_keystore::placing;

/// The number of root.
const ROOT: u32 = 0;
/// Every account may write.
const WRITABLE_BY_ALL: u32 = 0o002;
/// The group may write.
const WRITABLE_BY_GROUP: u32 = 0o020;
/// In a folder with it only the owner of a file may rename it (inode(7)).
const STICKY: u32 = 0o1000;

/// Such a folder, by its real path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafePlace {
    path: PathBuf,
    shared_with: Vec<(PathBuf, u32)>,
}

/// A folder in which files cannot safely be put.
#[derive(Debug, thiserror::Error)]
pub enum UnsafePlace {
    /// It cannot be found or made.
    #[error("cannot use the folder {}", path.display())]
    File {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is there, and something else.
    #[error("{} is no folder", path.display())]
    NoFolder {
        /// The path.
        path: PathBuf,
    },
    /// Somebody else says where it leads.
    #[error("the link {} belongs to another account (user {owner}), who could lead it elsewhere", path.display())]
    Link {
        /// The link.
        path: PathBuf,
        /// Number of its owner.
        owner: u32,
    },
    /// Somebody else can rename what is in it.
    #[error(
        "{} belongs to another account (user {owner}), who could put other files in the place of these; it must be root's or \
         that of who runs this",
        path.display()
    )]
    Owner {
        /// The folder.
        path: PathBuf,
        /// Number of its owner.
        owner: u32,
    },
    /// Everybody can.
    #[error("every account may write in {} (mode {mode:04o}), and could put other files in the place of these", path.display())]
    WritableByAll {
        /// The folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
}

/// What is done where the folder is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It is made, if the one above it is there (0755).
    Make,
    /// That is refused.
    Refuse,
}

impl SafePlace {
    /// Looks at a folder and at those above it.
    ///
    /// # Errors
    ///
    /// [`UnsafePlace`] names the first that is not safe; a folder is made only where those above are.
    pub fn find(folder: &Path, missing: Missing) -> Result<Self, UnsafePlace> {
        let failed = |source| UnsafePlace::File {
            path: folder.to_owned(),
            source,
        };
        let absolute = std::path::absolute(folder).map_err(failed)?;
        refuse_links_of_others(&absolute)?;
        match (fs::metadata(&absolute), missing) {
            (Ok(found), _) if !found.is_dir() => Err(UnsafePlace::NoFolder {
                path: folder.to_owned(),
            }),
            (Ok(_), _) => Self::look(&absolute.canonicalize().map_err(failed)?),
            (Err(error), Missing::Make) if error.kind() == io::ErrorKind::NotFound => {
                let parent = placing::folder_of(&absolute)
                    .canonicalize()
                    .map_err(failed)?;
                look_at(parent.ancestors())?;
                let name = absolute
                    .file_name()
                    .ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
                let path = parent.join(name);
                DirBuilder::new()
                    .mode(0o755)
                    .create(&path)
                    .map_err(failed)?;
                // Whatever the umask is: services are to read in it.
                let mode = fs::Permissions::from_mode(0o755);
                fs::set_permissions(&path, mode).map_err(failed)?;
                Self::look(&path)
            }
            (Err(source), Missing::Make | Missing::Refuse) => Err(failed(source)),
        }
    }

    /// The real path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Folders in which a group may write, with its number: whether its members are trusted, who installs knows.
    #[must_use]
    pub fn shared_with(&self) -> &[(PathBuf, u32)] {
        &self.shared_with
    }

    fn look(real: &Path) -> Result<Self, UnsafePlace> {
        let shared_with = look_at(real.ancestors())?;
        let mode = real.metadata().map_or(0, |found| found.mode() & 0o7777);
        // In the folder itself not even names may be taken by others; above it, the sticky bit holds them off.
        if mode & WRITABLE_BY_ALL != 0 {
            let path = real.to_owned();
            return Err(UnsafePlace::WritableByAll { path, mode });
        }
        Ok(Self {
            path: real.to_owned(),
            shared_with,
        })
    }
}

/// Whether nobody can rename what is in these folders; gives those in which a group can.
fn look_at<'a>(
    folders: impl Iterator<Item = &'a Path>,
) -> Result<Vec<(PathBuf, u32)>, UnsafePlace> {
    let mut shared_with = Vec::new();
    for folder in folders {
        let path = || folder.to_owned();
        let found = folder
            .symlink_metadata()
            .map_err(|source| UnsafePlace::File {
                path: path(),
                source,
            })?;
        if !is_trusted(&found) {
            let owner = found.uid();
            return Err(UnsafePlace::Owner {
                path: path(),
                owner,
            });
        }
        let mode = found.mode() & 0o7777;
        match mode & STICKY {
            0 if mode & WRITABLE_BY_ALL != 0 => {
                return Err(UnsafePlace::WritableByAll { path: path(), mode });
            }
            0 if mode & WRITABLE_BY_GROUP != 0 && found.gid() != ROOT => {
                shared_with.push((path(), found.gid()));
            }
            _ => {}
        }
    }
    Ok(shared_with)
}

/// In a folder for all, such as `/tmp`, anybody can lay a link.
fn refuse_links_of_others(path: &Path) -> Result<(), UnsafePlace> {
    for part in path.ancestors() {
        if let Ok(found) = part.symlink_metadata()
            && found.is_symlink()
            && !is_trusted(&found)
        {
            let (path, owner) = (part.to_owned(), found.uid());
            return Err(UnsafePlace::Link { path, owner });
        }
    }
    Ok(())
}

fn is_trusted(found: &Metadata) -> bool {
    found.uid() == ROOT || found.uid() == geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_folder_is_made_where_that_is_safe() {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("new");
        assert!(matches!(
            SafePlace::find(&folder, Missing::Refuse),
            Err(UnsafePlace::File { .. })
        ));
        // As in /tmp: nobody else can take it away.
        set_mode(above.path(), 0o1777);
        let place = SafePlace::find(&folder, Missing::Make).unwrap();
        assert_eq!(place.path(), folder.canonicalize().unwrap());
        assert_eq!(folder.metadata().unwrap().mode() & 0o7777, 0o755);
        assert!(SafePlace::find(&folder.join("a/b"), Missing::Make).is_err());
        fs::write(folder.join("file"), "").unwrap();
        assert!(matches!(
            SafePlace::find(&folder.join("file"), Missing::Make),
            Err(UnsafePlace::NoFolder { .. })
        ));
    }

    #[track_caller]
    fn check(above: u32, itself: u32, safe: bool) {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        set_mode(&inner, itself);
        set_mode(folder.path(), above);
        let found = SafePlace::find(&inner, Missing::Make);
        set_mode(folder.path(), 0o700);
        assert_eq!(found.is_ok(), safe, "{above:o} {itself:o}: {found:?}");
    }

    #[test]
    fn folders_for_all_are_refused() {
        check(0o755, 0o755, true);
        check(0o1777, 0o755, true);
        check(0o777, 0o755, false);
        check(0o755, 0o777, false);
        check(0o755, 0o1777, false);
    }

    #[test]
    fn own_links_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::create_dir(&real).unwrap();
        symlink("real", &link).unwrap();
        let place = SafePlace::find(&link, Missing::Refuse).unwrap();
        assert_eq!(place.path(), real.canonicalize().unwrap());
    }

    #[test]
    fn what_belongs_to_others_is_refused() {
        if !geteuid().is_root() {
            // Only root can make what belongs to others; the same is refused to others by the system.
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (theirs, link) = (folder.path().join("theirs"), folder.path().join("link"));
        fs::create_dir(&theirs).unwrap();
        symlink("/etc", &link).unwrap();
        for path in [&theirs, &link] {
            std::os::unix::fs::lchown(path, Some(1), None).unwrap();
        }
        for path in [&theirs, &theirs.join("new")] {
            assert!(matches!(
                SafePlace::find(path, Missing::Make),
                Err(UnsafePlace::Owner { owner: 1, .. })
            ));
        }
        assert!(matches!(
            SafePlace::find(&link, Missing::Make),
            Err(UnsafePlace::Link { owner: 1, .. })
        ));
    }
}
