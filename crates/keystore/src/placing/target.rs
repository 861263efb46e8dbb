//! Which file a path means when it is to be written.
//!
//! Invariant: a link is followed only where its owner may decide where we write.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::{WriteFileError, folder_of};

/// The path of a file that is not there: said early, before work is done for it.
pub(super) fn free(path: &Path) -> Result<PathBuf, WriteFileError> {
    match path.symlink_metadata() {
        Ok(_) => Err(WriteFileError::Exists {
            path: path.to_owned(),
        }),
        Err(_) => Ok(path.to_owned()),
    }
}

/// Links that are followed one after the other: what Linux does.
const MAX_LINKS: usize = 40;

/// Where the file that is to be replaced is, or will be.
pub(super) fn replaceable(path: &Path) -> Result<(PathBuf, Option<Metadata>), WriteFileError> {
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        let found = match target.symlink_metadata() {
            Ok(found) => found,
            Err(_) if target == path => return Ok((target, None)),
            Err(source) => return Err(broken(path, source)),
        };
        if found.is_file() {
            return Ok((target, Some(found)));
        }
        if !found.is_symlink() {
            return Err(WriteFileError::NoFile {
                path: path.to_owned(),
            });
        }
        if !may_be_followed(found.uid(), rustix::process::geteuid().as_raw()) {
            return Err(WriteFileError::LinkOfAnother {
                path: target,
                owner: found.uid(),
            });
        }
        let leads_to = fs::read_link(&target).map_err(|source| broken(path, source))?;
        target = folder_of(&target).join(leads_to);
    }
    Err(broken(path, Errno::LOOP.into()))
}

fn broken(path: &Path, source: io::Error) -> WriteFileError {
    WriteFileError::BrokenLink {
        path: path.to_owned(),
        source,
    }
}

/// Whether a link of this account leads where we may be led: in a folder that many write, anybody can lay one.
fn may_be_followed(owner: u32, us: u32) -> bool {
    owner == us || owner == 0
}

/// Whether both paths lead to one file, by whatever links. A file that is not there is no other file.
#[must_use]
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| fs::metadata(path).map(|found| (found.dev(), found.ino()));
    matches!((identity(one), identity(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_own_links_are_followed() {
        assert!(may_be_followed(1000, 1000));
        assert!(may_be_followed(0, 1000));
        assert!(!may_be_followed(1001, 1000));
        assert!(!may_be_followed(1000, 0));
    }

    #[test]
    fn knows_a_file_by_each_of_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "").unwrap();
        fs::write(at("other"), "").unwrap();
        symlink("file", at("soft")).unwrap();
        fs::hard_link(at("file"), at("hard")).unwrap();
        for name in ["file", "soft", "hard", "./file"] {
            assert!(is_same_file(&at("file"), &at(name)), "{name}");
        }
        for name in ["other", "missing"] {
            assert!(!is_same_file(&at("file"), &at(name)), "{name}");
        }
    }
}
