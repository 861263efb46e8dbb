//! Copies of certificates that are missing, or are others than the ledger says: made anew from the files of
//! the host.
//!
//! Invariant: a copy is made of a certificate that this CA signed and that its line describes.

use std::collections::BTreeMap;

use trustpack_keystore::pem::certificates_to_pem;
use trustpack_settings::finding::Kind;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use super::issued::FilesOf;
use super::kept::KeptFile;
use super::{Repair, RepairError, is_replaceable};
use crate::change_target::Target;
use crate::durable::FileError;
use crate::findings::{copy_differs, copy_missing, copy_unverified};
use crate::ledger::fields::Line;
use crate::ledger::scan::{Block, Place, scan};
use crate::ledger_line::InvalidLine;

/// So many are put in place in one change: a plan of many more could not be read again.
const AT_ONCE: usize = 1000;

/// A copy that is to be made.
struct Wanted {
    kind: &'static Kind,
    /// As the ledger says.
    expiry: Timestamp,
}

pub(super) fn mend(repair: &mut Repair<'_>) -> Result<(), RepairError> {
    let wanted = wanted(repair)?;
    if wanted.is_empty() {
        return Ok(());
    }
    let layout = repair.layout();
    let files = FilesOf::those(layout, |serial| wanted.contains_key(serial))?;
    let serials: Vec<(&Serial, &Wanted)> = wanted.iter().collect();
    for chunk in serials.chunks(AT_ONCE) {
        let mut change = None;
        for (serial, wanted) in chunk {
            let found = files.certificate(layout, &repair.keys, serial);
            let fits = found.filter(|f| f.certificate.validity().not_after == wanted.expiry);
            let path = layout.ledger_copy(serial);
            let Some(found) = fits.filter(|_| is_replaceable(&path)) else {
                continue;
            };
            let message = format!("made anew from {}", found.path.display());
            repair.note(wanted.kind, &path, message);
            if repair.is_rehearsal() {
                continue;
            }
            let mut under_way = match change.take() {
                Some(change) => change,
                None => repair.begin()?,
            };
            let target = Target::LedgerCopy((*serial).clone());
            let kept = KeptFile::LedgerCopy((*serial).clone());
            let pem = certificates_to_pem(std::slice::from_ref(&found.certificate));
            repair.replace(&mut under_way, target, kept, pem.as_bytes())?;
            change = Some(under_way);
        }
        if let Some(change) = change {
            change.commit()?;
        }
    }
    Ok(())
}

/// The copies that are out of step.
fn wanted(repair: &Repair<'_>) -> Result<BTreeMap<Serial, Wanted>, FileError> {
    type Found = Vec<(Serial, Wanted)>;
    let directory = repair.directory;
    let each = |found: &mut Found, _: Place, line: Result<Line<'_>, InvalidLine>| {
        let Ok(line) = line else {
            return;
        };
        let finding = copy_missing::of_line(directory.layout(), &line)
            .or_else(|| copy_differs::of_line(directory, Some(&repair.keys), &line))
            // Of one that cannot be verified nobody knows that it is not right.
            .filter(|finding| finding.code() != copy_unverified::KIND.code);
        found.extend(finding.map(|finding| {
            let wanted = Wanted {
                kind: finding.kind,
                expiry: line.expiry,
            };
            (line.serial(), wanted)
        }));
    };
    let mut all = BTreeMap::new();
    let scanned = scan(&directory.layout().ledger, each, |block: Block<Found>| {
        all.extend(block.gathered);
        Ok::<(), FileError>(())
    });
    match scanned {
        // A ledger that is missing, or something else, has no copies.
        Err(_) if !directory.layout().ledger.is_file() => Ok(all),
        other => other.map(|()| all),
    }
}
