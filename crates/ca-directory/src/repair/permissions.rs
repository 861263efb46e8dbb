//! Permissions that others have and must not have: taken away.
//!
//! Invariant: no permission is given to anybody, and no link is followed.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use super::{Repair, RepairError};
use crate::findings::permissions::{self, KIND, TooOpen};
use crate::repository_file::names_in;

pub(super) fn mend(repair: &mut Repair<'_>) -> Result<(), RepairError> {
    for path in permissions::own_private(repair.layout()) {
        take_away(repair, &path, permissions::own(&path));
    }
    let repository = &repair.layout().repository;
    take_away(repair, repository, permissions::writable(repository));
    for name in names_in(repository)? {
        let path = repository.join(&name);
        let open = permissions::file_of_host(repair.layout(), &path, &name);
        take_away(repair, &path, open);
    }
    Ok(())
}

/// One that cannot be changed is left, and found again by the check that follows.
fn take_away(repair: &mut Repair<'_>, path: &Path, open: Option<TooOpen>) {
    let Some(TooOpen { mode, forbidden }) = open else {
        return;
    };
    let is_link = path
        .symlink_metadata()
        .is_ok_and(|found| found.is_symlink());
    if !is_link && (repair.is_rehearsal() || take_from(path, forbidden).is_ok()) {
        let new = mode & !forbidden;
        let message = format!("permissions {new:04o} in place of {mode:04o}");
        repair.note(&KIND, path, message);
    }
}

/// Through the file that was opened, so that what is changed is no other that came to its name meanwhile.
fn take_from(path: &Path, forbidden: u32) -> io::Result<()> {
    // Nothing is waited for, also where somebody put a pipe.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let mode = file.metadata()?.permissions().mode() & 0o7777;
    file.set_permissions(Permissions::from_mode(mode & !forbidden))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_a_link_leads_to_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let mode = || fs::metadata(&file).unwrap().permissions().mode() & 0o7777;
        assert!(take_from(&link, 0o077).is_err());
        assert_eq!(mode(), 0o666);
        take_from(&file, 0o077).unwrap();
        assert_eq!(mode(), 0o600);
    }
}
