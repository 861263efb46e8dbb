//! Files with secrets that other accounts of the machine can read: a warning, since who asks may have a reason.
//!
//! Not whether a file is good. Invariant: only plain files are warned of; a pipe or a device has no permissions of
//! its own that would say anything.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::session;

/// What every account of the machine may do with a file. That a group may read it can be meant: `--key-group`.
const OF_OTHERS: u32 = 0o007;

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
