//! Replacing a private file whole: at every moment there is the old one or the new one.
//!
//! A link of ours is followed, so that it goes on to lead to the key; one that another account laid is not. Invariant: the new contents lie beside the old ones,
//! under their final permissions and on disk, before they take the name.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{CreatePrivateFileError, PrivateMode, create};
use crate::random;

/// A private file could not be replaced; the old one is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ReplacePrivateFileError {
    /// The path ends in nothing that a file could be called.
    #[error("{} names no file", path.display())]
    NoName {
        /// The path.
        path: PathBuf,
    },
    /// The link leads nowhere.
    #[error("the link {} leads nowhere", path.display())]
    BrokenLink {
        /// The link.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Somebody else decides where the link leads.
    #[error(
        "the link {} belongs to another account (user {owner}); only links of one's own and of root are followed",
        path.display()
    )]
    LinkOfAnother {
        /// The link.
        path: PathBuf,
        /// Number of the account.
        owner: u32,
    },
    /// There is something else than a file.
    #[error("{} is no regular file", path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
    },
    /// The operating system gave no random bytes for the name of the new file.
    #[error("the operating system gave no random bytes")]
    Random,
    /// The new file could not be written.
    #[error(transparent)]
    Create(#[from] CreatePrivateFileError),
    /// The new file could not take the name.
    #[error("cannot replace the private file {}", path.display())]
    Rename {
        /// The path.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

/// Writes a file that holds a private key in the place of the one that may be there, and puts it on disk.
///
/// # Errors
///
/// When there is something that is no regular file, or a link that leads nowhere or is another account's; when the folder cannot be written
/// or the disk is full. Nothing has changed then.
pub fn replace(
    path: &Path,
    contents: &[u8],
    mode: PrivateMode,
) -> Result<(), ReplacePrivateFileError> {
    let target = target(path)?;
    let no_name = || ReplacePrivateFileError::NoName {
        path: path.to_owned(),
    };
    let name = target.file_name().ok_or_else(no_name)?;
    let suffix: [u8; 8] = random::bytes().map_err(|_| ReplacePrivateFileError::Random)?;
    let mut new_name = OsString::from(".");
    new_name.push(name);
    new_name.push(format!(".{:016x}", u64::from_be_bytes(suffix)));
    let new = target.with_file_name(new_name);
    create(&new, contents, mode)?;
    let renamed = std::fs::rename(&new, &target).and_then(|()| sync_folder_of(&target));
    renamed.map_err(|source| {
        // What is told is why the file could not be replaced; the new one is ours, or gone.
        drop(std::fs::remove_file(&new));
        ReplacePrivateFileError::Rename {
            path: target.clone(),
            source,
        }
    })
}

/// Whether both paths lead to one file, by whatever links. A file that is not there is no other file.
#[must_use]
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| std::fs::metadata(path).map(|found| (found.dev(), found.ino()));
    matches!((identity(one), identity(other)), (Ok(one), Ok(other)) if one == other)
}

/// Where a file of this path is, or will be.
fn target(path: &Path) -> Result<PathBuf, ReplacePrivateFileError> {
    let Ok(found) = std::fs::symlink_metadata(path) else {
        return Ok(path.to_owned());
    };
    let target = if found.is_symlink() {
        let owner = found.uid();
        if !may_be_followed(owner, rustix::process::geteuid().as_raw()) {
            return Err(ReplacePrivateFileError::LinkOfAnother {
                path: path.to_owned(),
                owner,
            });
        }
        std::fs::canonicalize(path).map_err(|source| ReplacePrivateFileError::BrokenLink {
            path: path.to_owned(),
            source,
        })?
    } else {
        path.to_owned()
    };
    if std::fs::metadata(&target).is_ok_and(|found| found.is_file()) {
        return Ok(target);
    }
    Err(ReplacePrivateFileError::NoFile {
        path: path.to_owned(),
    })
}

/// Whether a link of this account leads where we may be led: in a folder that many write, anybody can lay one.
fn may_be_followed(owner: u32, us: u32) -> bool {
    owner == us || owner == 0
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const NEW: &[u8] = b"new";

    fn replace_with_new(path: &Path) -> Result<(), ReplacePrivateFileError> {
        replace(path, NEW, PrivateMode::Owner0600)
    }

    #[track_caller]
    fn check_new(path: &Path, files_in_folder: usize) {
        assert_eq!(std::fs::read(path).unwrap(), NEW);
        assert_eq!(std::fs::metadata(path).unwrap().mode() & 0o7777, 0o600);
        let folder = std::fs::read_dir(path.parent().unwrap()).unwrap();
        assert_eq!(folder.count(), files_in_folder, "nothing is left behind");
    }

    #[test]
    fn makes_and_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        replace_with_new(&path).unwrap();
        check_new(&path, 1);
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .unwrap();
        replace_with_new(&path).unwrap();
        check_new(&path, 1);
    }

    #[test]
    fn follows_a_link_and_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let (link, file) = (folder.path().join("link"), folder.path().join("file"));
        std::fs::write(&file, "old").unwrap();
        symlink("file", &link).unwrap();
        replace_with_new(&link).unwrap();
        check_new(&file, 2);
        assert!(link.is_symlink());
    }

    #[test]
    fn only_own_links_are_followed() {
        assert!(may_be_followed(1000, 1000));
        assert!(may_be_followed(0, 1000));
        assert!(!may_be_followed(1001, 1000));
        assert!(!may_be_followed(1000, 0));
    }

    #[test]
    fn refuses_what_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("nowhere", &link).unwrap();
        let error = replace_with_new(&link).unwrap_err().to_string();
        assert_eq!(error, format!("the link {} leads nowhere", link.display()));
        let error = replace_with_new(folder.path()).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("{} is no regular file", folder.path().display())
        );
        for name in ["/", ".."] {
            assert!(replace_with_new(Path::new(name)).is_err(), "{name}");
        }
        assert!(replace_with_new(&folder.path().join("missing/key.pem")).is_err());
    }

    #[test]
    fn knows_a_file_by_each_of_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "").unwrap();
        std::fs::write(at("other"), "").unwrap();
        symlink("file", at("soft")).unwrap();
        std::fs::hard_link(at("file"), at("hard")).unwrap();
        for name in ["file", "soft", "hard", "./file"] {
            assert!(is_same_file(&at("file"), &at(name)), "{name}");
        }
        for name in ["other", "missing"] {
            assert!(!is_same_file(&at("file"), &at(name)), "{name}");
        }
    }
}
