//! What would keep a change from being made, looked for before its plan is put on disk.
//!
//! A change that is decided is done by whatever command comes next, so one that can never be done would keep
//! them all from working. Not looked for is what nobody can know before: a disk that fills up, a device that
//! fails. Invariant: whatever is refused here, nothing but numbers has changed.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, StatxAttributes, StatxFlags, accessat, statx};
use rustix::io::Errno;
use rustix::process::geteuid;

use trustpack_keystore::placing::folder_of;

use crate::change_plan::Step;
use crate::change_target::Target;
use crate::journal::Journal;
use crate::layout::Layout;
use crate::ledger::{Appender, LedgerError};

/// Something stands in the way of a change.
#[derive(Debug, thiserror::Error)]
pub enum Obstacle {
    /// Where a folder of ours belongs is something else.
    #[error(
        "{} is no folder of this CA but {found}; take it away, and it is made anew where it is needed",
        path.display()
    )]
    NotAFolder {
        /// What is there.
        path: PathBuf,
        /// In words.
        found: &'static str,
    },
    /// Where a file belongs is a folder.
    #[error("{} is a folder where a file belongs; take it away", path.display())]
    NotAFile {
        /// The folder.
        path: PathBuf,
    },
    /// The folder of a file is missing.
    #[error("{} is missing, and a file is to be put into it; make it, or put it back", path.display())]
    NoFolder {
        /// Where it would be.
        path: PathBuf,
    },
    /// This account may change nothing in a folder.
    #[error(
        "nothing can be changed in {}; let this account write there, or use the one that owns the CA",
        path.display()
    )]
    FolderNotWritable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that only its owner may replace.
    #[error(
        "{} belongs to another account in a folder with the sticky bit; only that account can replace it",
        path.display()
    )]
    OfAnother {
        /// The file.
        path: PathBuf,
    },
    /// A file that the system does not let go.
    #[error("{} has an attribute that forbids to replace it; take that away (chattr -i -a)", path.display())]
    Immutable {
        /// The file.
        path: PathBuf,
    },
    /// A file that something is mounted on.
    #[error(
        "{} is a mount of its own and cannot be replaced; mount the folder that it is in instead",
        path.display()
    )]
    MountPoint {
        /// The file.
        path: PathBuf,
    },
    /// The ledger takes no line.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Refuses steps that cannot be made as the folder is now.
pub(super) fn refuse(layout: &Layout, journal: &Journal, steps: &[Step]) -> Result<(), Obstacle> {
    let mut ledger = layout.ledger.clone();
    for step in steps {
        match step {
            Step::Put(number, target) => {
                refuse_place(layout, target)?;
                if *target == Target::Ledger {
                    ledger = journal.staged(*number);
                }
            }
            Step::Remove(target) => refuse_place(layout, target)?,
            Step::Append(_) => drop(Appender::open(&ledger)?),
        }
    }
    Ok(())
}

/// Refuses a file that could not be put in its place, or removed.
pub(super) fn refuse_place(layout: &Layout, target: &Target) -> Result<(), Obstacle> {
    let path = target.path(layout);
    for folder in target.own_folders(layout) {
        if !is_own_folder(&folder)? {
            // It is made by the change; a file that is in it cannot be there.
            return refuse_folder(folder_of(&folder)).map(drop);
        }
    }
    let folder = refuse_folder(folder_of(&path))?;
    match path.symlink_metadata() {
        Ok(found) => refuse_found(&path, &found, &folder),
        Err(_) => Ok(()),
    }
}

/// Whether a folder is there in which certificates or files of the CA itself are kept. A link in its place is
/// not followed.
pub(crate) fn is_own_folder(path: &Path) -> Result<bool, Obstacle> {
    match path.symlink_metadata() {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(found) => Err(Obstacle::NotAFolder {
            path: path.to_path_buf(),
            found: match found.is_symlink() {
                true => "a link",
                false => "a file",
            },
        }),
        Err(_) => Ok(false),
    }
}

/// Refuses a folder in which nothing can be made or removed.
fn refuse_folder(path: &Path) -> Result<Metadata, Obstacle> {
    let Some(found) = path.metadata().ok().filter(Metadata::is_dir) else {
        let path = path.to_path_buf();
        return Err(Obstacle::NoFolder { path });
    };
    // Whom this program runs as counts, and whether the file system takes anything at all.
    let wanted = Access::WRITE_OK | Access::EXEC_OK;
    match accessat(CWD, path, wanted, AtFlags::EACCESS) {
        Err(error @ (Errno::ACCESS | Errno::PERM | Errno::ROFS)) => {
            Err(Obstacle::FolderNotWritable {
                path: path.to_path_buf(),
                source: error.into(),
            })
        }
        // What the system cannot say, it will say when the change is made.
        Ok(()) | Err(_) => Ok(found),
    }
}

/// Refuses what no rename could replace, nor anything remove.
fn refuse_found(path: &Path, found: &Metadata, folder: &Metadata) -> Result<(), Obstacle> {
    let path_buf = || path.to_path_buf();
    if found.is_dir() {
        return Err(Obstacle::NotAFile { path: path_buf() });
    }
    let me = geteuid();
    let is_sticky = folder.permissions().mode() & STICKY != 0;
    let is_owner = [found.uid(), folder.uid()].contains(&me.as_raw());
    if is_sticky && !is_owner && !me.is_root() {
        return Err(Obstacle::OfAnother { path: path_buf() });
    }
    let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
    let Ok(told) = statx(CWD, path, flags, StatxFlags::empty()) else {
        return Ok(());
    };
    let has = |attribute| told.stx_attributes.contains(attribute);
    if has(StatxAttributes::MOUNT_ROOT) {
        return Err(Obstacle::MountPoint { path: path_buf() });
    }
    if has(StatxAttributes::IMMUTABLE) || has(StatxAttributes::APPEND) {
        return Err(Obstacle::Immutable { path: path_buf() });
    }
    Ok(())
}

/// In a folder with it only the owner of a file, or of the folder, may replace the file (inode(7)).
const STICKY: u32 = 0o1000;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::change::test_folder::folder;
    use crate::change::{Change, ChangeError, FileMode};
    use crate::change_kind::ChangeKind;
    use crate::ledger_line::Record;
    use crate::recovery::recover;

    /// Spoils a folder, and mends it. The change is refused for this reason; it has left nothing, and the next
    /// command goes on.
    #[track_caller]
    fn check(spoil: impl FnOnce(&Layout), want: &str) {
        let ca = folder();
        let line = "V\t270301085240Z\t\t0A\tunknown\t/CN=a";
        fs::write(&ca.layout.ledger, "").unwrap();
        spoil(&ca.layout);
        let change = || -> Result<(), ChangeError> {
            let mut change = Change::begin(&ca.layout, &ca.lock, ChangeKind::Repair)?;
            for target in ["mended/20261121T080000Z/ca.db", "crl.pem"] {
                change.stage(target.parse().unwrap(), b"x", FileMode::Public)?;
            }
            change.remove(Target::Chain)?;
            change.record(&Record::from_line(line).unwrap());
            change.commit()
        };
        match change() {
            Ok(()) => assert_eq!(want, ""),
            Err(error) => {
                let said = error.to_string();
                assert!(!want.is_empty() && said.contains(want), "{said}");
            }
        }
        assert!(!ca.layout.pending().exists());
        assert_eq!(recover(&ca.layout, &ca.lock).unwrap(), None);
    }

    fn put_folder(path: &Path) {
        drop(fs::remove_file(path));
        fs::create_dir(path).unwrap();
    }

    #[test]
    fn what_cannot_be_done_is_not_decided() {
        let mended = |layout: &Layout| layout.ca_conf.join("mended");
        check(|_| {}, "");
        check(|ca| fs::create_dir(mended(ca)).unwrap(), "");
        check(|ca| symlink("/tmp", mended(ca)).unwrap(), "but a link");
        check(|ca| symlink("none", mended(ca)).unwrap(), "but a link");
        check(|ca| fs::write(mended(ca), "").unwrap(), "but a file");
        let taken = |ca: &Layout| {
            fs::create_dir(mended(ca)).unwrap();
            fs::write(mended(ca).join("20261121T080000Z"), "").unwrap();
        };
        check(taken, "but a file");
        check(|ca| put_folder(&ca.crl), "a folder where a file belongs");
        check(|ca| put_folder(&ca.chain), "a folder where a file belongs");
        // A link in the place of a file goes, and not what it points to.
        let link = |ca: &Layout| {
            fs::remove_file(&ca.crl).unwrap();
            symlink("/etc/hostname", &ca.crl).unwrap();
        };
        check(link, "");
        check(|ca| put_folder(&ca.ledger), "cannot write");
        check(|ca| fs::remove_file(&ca.ledger).unwrap(), "cannot write");
        check(
            |ca| fs::write(&ca.ledger, "V\t27").unwrap(),
            "is not complete",
        );
    }
}
