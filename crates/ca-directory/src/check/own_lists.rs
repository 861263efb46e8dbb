//! The revocation lists in a CA directory that its own keys signed, present and replaced.
//!
//! Invariant: one list is in memory at a time, and what a list says counts only if its key signed it.

use std::path::Path;

use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::crl::number::CrlNumber;

use crate::crl::present::Present;
use crate::directory::CaDirectory;
use crate::retired::names::RetiredFile;
use crate::retired::{self, RetiredKey};

/// Shows every list to `each`. What cannot be read, or was signed by somebody else, is passed over: it says
/// nothing about this CA.
pub(crate) fn each(directory: &CaDirectory, mut each: impl FnMut(&Path, &RevocationList)) {
    let layout = directory.layout();
    let mut show = |path: &Path, certificate: &_| {
        if let Ok(Present::Ours(list)) = Present::of(path, certificate) {
            each(path, &list);
        }
    };
    show(&layout.crl, directory.certificate());
    for key in retired::list(layout).unwrap_or_default() {
        show(&key.path(RetiredFile::Crl), key.certificate());
    }
}

/// Whether a list stands here that cannot be read, or that no key of this CA signed: what it said is not known.
pub(crate) fn any_unreadable(directory: &CaDirectory) -> bool {
    let layout = directory.layout();
    let retired = retired::list(layout).unwrap_or_default();
    let replaced = retired.iter().map(RetiredKey::certificate);
    let keys: Vec<_> = std::iter::once(directory.certificate())
        .chain(replaced)
        .collect();
    let understood = |path: &Path| {
        let by = |key: &&Certificate| {
            let found = Present::of(path, key);
            matches!(found, Ok(Present::Missing | Present::Ours(_)))
        };
        keys.iter().any(by)
    };
    !understood(&layout.crl)
        || retired
            .iter()
            .any(|key| !understood(&key.path(RetiredFile::Crl)))
}

/// The highest number of all of them.
pub(crate) fn highest_number(directory: &CaDirectory) -> Option<CrlNumber> {
    let mut highest = None;
    each(directory, |_, list| {
        highest = highest.take().max(list.number().cloned());
    });
    highest
}
