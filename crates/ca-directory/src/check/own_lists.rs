//! The revocation lists in a CA directory that its own keys signed, present and replaced.
//!
//! Invariant: one list is in memory at a time, and what a list says counts only if its key signed it.

use std::path::Path;

use trustpack_x509::crl::RevocationList;
use trustpack_x509::crl::number::CrlNumber;

use crate::crl::present::Present;
use crate::directory::CaDirectory;
use crate::retired;
use crate::retired::names::RetiredFile;

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

/// The highest number of all of them.
pub(crate) fn highest_number(directory: &CaDirectory) -> Option<CrlNumber> {
    let mut highest = None;
    each(directory, |_, list| {
        highest = highest.take().max(list.number().cloned());
    });
    highest
}
