//! Permissions that others have and must not have: taken away.
//!
//! Invariant: no permission is given to anybody, and no link is followed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{Repair, RepairError};
use crate::findings::permissions::{self, KIND, TooOpen};

pub(super) fn mend(repair: &mut Repair<'_>) -> Result<(), RepairError> {
    for path in permissions::own_private(repair.layout()) {
        take_away(repair, &path, permissions::own(&path));
    }
    let repository = &repair.layout().repository;
    for entry in fs::read_dir(repository).into_iter().flatten().flatten() {
        if let Ok(name) = entry.file_name().into_string() {
            let path = repository.join(&name);
            take_away(
                repair,
                &path,
                permissions::file_of_host(repair.layout(), &path, &name),
            );
        }
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
    let new = mode & !forbidden;
    let changed = |path| fs::set_permissions(path, fs::Permissions::from_mode(new)).is_ok();
    if !is_link && (repair.is_rehearsal() || changed(path)) {
        let message = format!("permissions {new:04o} in place of {mode:04o}");
        repair.note(&KIND, path, message);
    }
}
