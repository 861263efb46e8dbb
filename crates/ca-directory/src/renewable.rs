//! Whether certificates may still have a successor: asked of the ledger under the lock.
//!
//! Who orders a successor has looked before, but without the lock: the certificate may have been revoked
//! since. Invariant: only what the ledger has, and has neither as revoked nor as on hold, is renewed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use crate::durable::FileError;
use crate::ledger::fields::Line;
use crate::ledger::scan::{Block, Place, scan};
use crate::ledger_line::InvalidLine;
use crate::search::Standing;

/// A certificate gets no successor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRenewable {
    /// It was revoked.
    #[error("the certificate {0} was revoked, so it is not renewed")]
    Revoked(Serial),
    /// It is on hold.
    #[error("the certificate {0} is on hold, so it is not renewed")]
    OnHold(Serial),
    /// No line that can be read has it.
    #[error("the ledger has no certificate with the serial {0}")]
    NotRecorded(Serial),
}

impl NotRenewable {
    /// Why a certificate that stands like this gets none; `None` if it may have one.
    #[must_use]
    pub fn of(serial: &Serial, standing: Standing) -> Option<Self> {
        match standing {
            Standing::Revoked => Some(Self::Revoked(serial.clone())),
            Standing::OnHold => Some(Self::OnHold(serial.clone())),
            Standing::Valid | Standing::Expired => None,
        }
    }
}

/// How certificates stand that are to be renewed.
pub(crate) struct Renewable(BTreeMap<Serial, Vec<Standing>>);

impl Renewable {
    /// Looks them up, all in one reading. Whoever calls it holds the lock.
    pub(crate) fn read<'s>(
        ledger: &Path,
        serials: impl Iterator<Item = &'s Serial>,
        now: Timestamp,
    ) -> Result<Self, FileError> {
        let serials: BTreeSet<&Serial> = serials.collect();
        let mut standings: BTreeMap<Serial, Vec<Standing>> = BTreeMap::new();
        if serials.is_empty() {
            return Ok(Self(standings));
        }
        type Found = Vec<(Serial, Standing)>;
        let each = |found: &mut Found, _: Place, line: Result<Line<'_>, InvalidLine>| {
            if let Ok(line) = line
                && let serial = line.serial()
                && serials.contains(&serial)
            {
                found.push((serial, Standing::of_line(&line, now)));
            }
        };
        scan(ledger, each, |block: Block<Found>| {
            for (serial, standing) in block.gathered {
                standings.entry(serial).or_default().push(standing);
            }
            Ok::<(), FileError>(())
        })?;
        Ok(Self(standings))
    }

    /// Refuses one that gets no successor. Of several lines any that says so counts.
    pub(crate) fn check(&self, serial: &Serial) -> Result<(), NotRenewable> {
        let standings = self.0.get(serial);
        let standings = standings.ok_or_else(|| NotRenewable::NotRecorded(serial.clone()))?;
        let mut refusals = standings
            .iter()
            .filter_map(|&standing| NotRenewable::of(serial, standing));
        refusals.next().map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEDGER: &str = "V\t270301085240Z\t\t01\tunknown\t/CN=a
R\t270301085240Z\t261121085241Z,superseded\t02\tunknown\t/CN=b
R\t270301085240Z\t261121085241Z,certificateHold\t03\tunknown\t/CN=c
E\t200301085240Z\t\t04\tunknown\t/CN=d
V\t270301085240Z\t\t05\tunknown\t/CN=e
R\t270301085240Z\t261121085241Z\t05\tunknown\t/CN=e
damaged
";

    #[test]
    fn what_is_neither_revoked_nor_on_hold_may_have_a_successor() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.db");
        std::fs::write(&path, LEDGER).unwrap();
        let now = "2026-11-21".parse().unwrap();
        let serials = ["01", "02", "03", "04", "05", "06"].map(|text| text.parse().unwrap());
        let read = Renewable::read(&path, serials.iter(), now).unwrap();
        let [.., second, third, _, fifth, sixth] = serials.clone();
        let want = [
            Ok(()),
            Err(NotRenewable::Revoked(second)),
            Err(NotRenewable::OnHold(third)),
            Ok(()),
            Err(NotRenewable::Revoked(fifth)),
            Err(NotRenewable::NotRecorded(sixth)),
        ];
        assert_eq!(serials.map(|serial| read.check(&serial)), want);
    }
}
