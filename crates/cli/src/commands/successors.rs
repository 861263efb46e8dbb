//! Which certificates have a successor: a valid certificate of the same subject that ends later.
//!
//! Read from the ledger alone. Invariant: of each subject only the last valid one has none.

use std::collections::BTreeMap;

use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::durable::FileError;
use trustpack_ca_directory::ledger_line::Record;
use trustpack_ca_directory::search::{Hit, Query, Standing};
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use crate::failure::Failure;

/// The last valid certificate of each subject.
#[derive(Debug)]
pub(super) struct Successors(BTreeMap<Box<str>, (Timestamp, Serial)>);

impl Successors {
    /// Reads the ledger as it is at `now`. Of two that end at the same moment the later line counts.
    /// `wrong` is told what cannot be read.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub(super) fn read(
        directory: &CaDirectory,
        now: Timestamp,
        mut wrong: impl FnMut(&dyn std::error::Error),
    ) -> Result<Self, Failure> {
        let query = Query {
            standings: vec![Standing::Valid],
            ..Query::default()
        };
        let mut newest: BTreeMap<Box<str>, (Timestamp, Serial)> = BTreeMap::new();
        directory
            .search(&query, now, |hit| {
                match hit {
                    Hit::Found { record, .. } => {
                        let known = newest.get(&record.subject);
                        if known.is_none_or(|(end, _)| *end <= record.expiry) {
                            newest.insert(record.subject, (record.expiry, record.serial));
                        }
                    }
                    Hit::Line(error) => wrong(&error),
                    Hit::Copy(error) | Hit::Doubtful(error) => wrong(&error),
                }
                Ok::<_, FileError>(())
            })
            .map_err(Failure::request)?;
        Ok(Self(newest))
    }

    /// The successor of a valid certificate.
    pub(super) fn of(&self, record: &Record) -> Option<&Serial> {
        let (_, serial) = self.0.get(&record.subject)?;
        (*serial != record.serial).then_some(serial)
    }
}
