//! A CA directory for the tests of changes: files whose contents say only which they are.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::layout::Layout;
use crate::lock::Lock;

/// The folder, locked.
pub(crate) struct Folder {
    _temporary: tempfile::TempDir,
    pub(crate) layout: Layout,
    pub(crate) lock: Lock,
}

/// A folder with a few files of other times.
pub(crate) fn folder() -> Folder {
    let temporary = tempfile::tempdir().unwrap();
    let layout = Layout::new(temporary.path());
    fs::create_dir(&layout.ca_conf).unwrap();
    fs::create_dir(&layout.repository).unwrap();
    fs::write(&layout.ledger, "").unwrap();
    fs::write(&layout.crl, "old list").unwrap();
    fs::write(&layout.chain, "old chain").unwrap();
    fs::write(&layout.private_key, "old key").unwrap();
    fs::set_permissions(&layout.crl, fs::Permissions::from_mode(0o600)).unwrap();
    let lock = Lock::try_take(&layout.ca_conf).unwrap().unwrap();
    Folder {
        _temporary: temporary,
        layout,
        lock,
    }
}
