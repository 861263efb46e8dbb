//! One pass over the names in the repository: files that others may read, that are not what their name says, that
//! were left unfinished, and those of a serial that the ledger does not know.
//!
//! Invariant: names are looked at one by one and not kept.

use super::Inspected;
use super::found::{Found, FoundInFolder};
use crate::findings::{file_of_host_unreadable, not_in_ledger, permissions, unfinished_file};

/// Looks at every name. A folder that is missing or cannot be read has none.
pub(crate) fn take(inspected: &Inspected<'_>, found: &mut Found) {
    let layout = inspected.directory.layout();
    let repository = &layout.repository;
    let Ok(entries) = std::fs::read_dir(repository) else {
        return;
    };
    let mut in_folder = FoundInFolder::default();
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = repository.join(&name);
        if let Some(finding) = permissions::of_name(layout, &path, &name) {
            in_folder.add(finding);
        }
        if let Some(finding) = file_of_host_unreadable::of_name(inspected.directory, &path, &name) {
            in_folder.add(finding);
        }
        if let Some(finding) = unfinished_file::of_name(&path, &name, inspected.now) {
            in_folder.add(finding);
        }
        if let Some(finding) = not_in_ledger::of_name(inspected, &path, &name) {
            in_folder.add(finding);
        }
    }
    in_folder.into_found(found);
}
