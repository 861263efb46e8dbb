//! Files with secrets that other accounts of the machine can read, and folders in which they could exchange such
//! files: a warning, since who asks may have a reason.
//!
//! Not whether a file is good. Invariant: only plain files and folders are warned of; a pipe or a device has no
//! permissions of its own that would say anything.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::session;

/// What every account of the machine may do with a file. That a group may read it can be meant: `--key-group`.
const OF_OTHERS: u32 = 0o007;

/// What a group or all others may do with a folder that lets them put a file in the place of another.
const WRITE: u32 = 0o022;
/// In a folder with it only the owner of a file may rename it (inode(7)).
const STICKY: u32 = 0o1000;

/// Warns if others may write in the folder that gets files which programs trust.
pub(crate) fn warn_if_shared(folder: &Path) {
    let Ok(found) = folder.metadata() else {
        // It will be made, or what follows says what is wrong with it.
        return;
    };
    if found.is_dir() && found.mode() & WRITE != 0 && found.mode() & STICKY == 0 {
        session::warn(format_args!(
            "other accounts may write in {}, its permissions are {:04o}: they can put other keys and CA certificates in the \
             place of these; `chmod go-w` takes that away",
            folder.display(),
            found.mode() & 0o7777
        ));
    }
}

/// Warns if everybody may read or write the file; `what` says what is in it.
pub(crate) fn warn_if_open(what: &str, path: &Path, metadata: &Metadata) {
    if metadata.is_file() && metadata.mode() & OF_OTHERS != 0 {
        let shown = path.display();
        session::warn(format_args!(
            "{what} {shown} is open to all accounts of this machine, its permissions are {:04o}; `chmod 600` makes it \
             its owner's",
            metadata.mode() & 0o7777
        ));
    }
}
