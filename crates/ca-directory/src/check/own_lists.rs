//! The revocation lists in a CA directory that its own keys signed, present and replaced.
//!
//! Invariant: one list is in memory at a time, and what a list says counts only if its key signed it.

use std::path::{Path, PathBuf};

use trustpack_x509::crl::RevocationList;
use trustpack_x509::crl::number::CrlNumber;

use crate::crl::present::Present;
use crate::directory::CaDirectory;
use crate::durable::FileError;
use crate::retired::names::RetiredFile;
use crate::retired::{self, RetiredKey};

/// Shows every list to `each`. What cannot be read, or was signed by somebody else, is passed over: it says
/// nothing about this CA.
pub(crate) fn each(directory: &CaDirectory, each: impl FnMut(&Path, &RevocationList)) {
    show(directory, |_| true, each);
}

/// Shows those to `each` of which a newer one can be made: of a key that is gone none can.
pub(crate) fn each_that_is_renewed(
    directory: &CaDirectory,
    each: impl FnMut(&Path, &RevocationList),
) {
    show(directory, RetiredKey::has_key, each);
}

fn show(
    directory: &CaDirectory,
    of_retired: impl Fn(&RetiredKey) -> bool,
    mut each: impl FnMut(&Path, &RevocationList),
) {
    let layout = directory.layout();
    let mut show = |path: &Path, certificate: &_| {
        if let Ok(Present::Ours(list)) = Present::of(path, certificate) {
            each(path, &list);
        }
    };
    show(&layout.crl, directory.certificate());
    let retired = retired::list(layout).unwrap_or_default();
    for key in retired.into_iter().filter(of_retired) {
        show(&key.path(RetiredFile::Crl), key.certificate());
    }
}

/// Lists that cannot be read, or that no key of this CA signed: what they said is not known.
pub(crate) fn not_understood(
    directory: &CaDirectory,
) -> Vec<(PathBuf, Result<Present, FileError>)> {
    let layout = directory.layout();
    let retired = retired::list(layout).unwrap_or_default();
    let replaced = retired.iter().map(RetiredKey::certificate);
    let keys: Vec<_> = std::iter::once(directory.certificate())
        .chain(replaced)
        .collect();
    let paths = std::iter::once(layout.crl.clone());
    let paths = paths.chain(retired.iter().map(|key| key.path(RetiredFile::Crl)));
    let not_understood = |path: PathBuf| {
        let mut last = Ok(Present::Missing);
        for key in &keys {
            last = Present::of(&path, key);
            // Another key can only help where this one did not sign it.
            if !matches!(last, Ok(Present::Foreign { .. })) {
                break;
            }
        }
        match last {
            Ok(Present::Missing | Present::Ours(_)) => None,
            other => Some((path, other)),
        }
    };
    paths.filter_map(not_understood).collect()
}

/// The highest number of all of them.
pub(crate) fn highest_number(directory: &CaDirectory) -> Option<CrlNumber> {
    let mut highest = None;
    each(directory, |_, list| {
        highest = highest.take().max(list.number().cloned());
    });
    highest
}
