//! What a CA directory is and has: counts of its ledger, its next numbers, its lists.
//!
//! Reads, and needs no lock.

use std::collections::BTreeSet;
use std::path::PathBuf;

use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use crate::crl::ListKey;
use crate::crl::due;
use crate::crl::present::Present;
use crate::directory::CaDirectory;
use crate::durable::{self, FileError};
use crate::ledger::fields::Line;
use crate::ledger::scan::{Block, Place, scan};
use crate::ledger_line::InvalidLine;
use crate::retired::names::RetiredFile;
use crate::retired::{self, RetiredError, RetiredKey};
use crate::search::Standing;
use crate::serial_file::{self, Numbering, SerialFileError};

/// How many certificates of a ledger stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Cross certificates between keys of the CA, however they stand: counted here alone.
    pub crosses: usize,
    /// They count.
    pub valid: usize,
    /// Of these, those that end in the next 30 days.
    pub ending_soon: usize,
    /// Their time is over.
    pub expired: usize,
    /// They were revoked for good.
    pub revoked: usize,
    /// They are on hold.
    pub on_hold: usize,
    /// Lines that cannot be read.
    pub unreadable: usize,
}

/// A list, and whose it is.
#[derive(Clone, Debug)]
pub struct FoundList {
    /// Whose it is, or would be.
    pub key: ListKey,
    /// Where it is, or would be.
    pub path: PathBuf,
    /// What is there.
    pub present: Present,
    /// How many revocations of the ledger are not on it; 0 if there is no list of this key.
    pub lacks: usize,
}

/// What a CA directory has cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A key that was replaced.
    #[error(transparent)]
    Retired(#[from] RetiredError),
}

/// What counts as soon.
const SOON: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 60 * 60);

impl Counts {
    /// All certificates that the ledger has, but for cross certificates: nobody asked for those.
    #[must_use]
    pub fn issued(&self) -> usize {
        self.valid + self.expired + self.revoked + self.on_hold
    }

    fn add(&mut self, other: Self) {
        self.crosses += other.crosses;
        self.valid += other.valid;
        self.ending_soon += other.ending_soon;
        self.expired += other.expired;
        self.revoked += other.revoked;
        self.on_hold += other.on_hold;
        self.unreadable += other.unreadable;
    }
}

impl CaDirectory {
    /// How many certificates stand how at `now`.
    ///
    /// # Errors
    ///
    /// [`SummaryError`] when the ledger, or what is kept of a replaced key, cannot be read.
    pub fn counts(&self, now: Timestamp) -> Result<Counts, SummaryError> {
        let crosses = self.cross_serials()?;
        let soon = now.saturating_add(SOON);
        let each = |counts: &mut Counts, _: Place, line: Result<Line<'_>, InvalidLine>| {
            let Ok(line) = line else {
                counts.unreadable += 1;
                return;
            };
            if !crosses.is_empty() && crosses.contains(&line.serial()) {
                counts.crosses += 1;
                return;
            }
            match Standing::of_line(&line, now) {
                Standing::Valid => {
                    counts.valid += 1;
                    counts.ending_soon += usize::from(line.expiry <= soon);
                }
                Standing::Expired => counts.expired += 1,
                Standing::Revoked => counts.revoked += 1,
                Standing::OnHold => counts.on_hold += 1,
            }
        };
        let mut all = Counts::default();
        scan(&self.layout().ledger, each, |block: Block<Counts>| {
            all.add(block.gathered);
            Ok::<(), FileError>(())
        })?;
        Ok(all)
    }

    /// How it numbers its certificates.
    ///
    /// # Errors
    ///
    /// [`SerialFileError`] when the serial file holds none.
    pub fn numbering(&self) -> Result<Numbering, SerialFileError> {
        serial_file::read(&self.layout().serial)
    }

    /// The text of the file with the number of the next list; none if there is none yet.
    ///
    /// # Errors
    ///
    /// [`FileError`] when it cannot be read.
    pub fn next_list_number(&self) -> Result<Option<String>, FileError> {
        let contents = durable::read_if_there(&self.layout().crl_number)?;
        Ok(contents.map(|text| String::from_utf8_lossy(&text).trim().to_owned()))
    }

    /// The keys that were replaced, the oldest first.
    ///
    /// # Errors
    ///
    /// [`RetiredError`] when what is kept of one cannot be read.
    pub fn retired_keys(&self) -> Result<Vec<RetiredKey>, RetiredError> {
        retired::list(self.layout())
    }

    /// The serials of the cross certificates by which its keys vouch for each other. They are on record as all
    /// that it signed, and belong to no host.
    ///
    /// # Errors
    ///
    /// [`RetiredError`] when what is kept of a replaced key cannot be read.
    pub fn cross_serials(&self) -> Result<BTreeSet<Serial>, RetiredError> {
        let keys = self.retired_keys()?;
        let crosses = keys.iter().filter_map(RetiredKey::crosses);
        let both = crosses.flat_map(|crosses| [&crosses.new_by_old, &crosses.old_by_new]);
        Ok(both.map(|cross| cross.serial().clone()).collect())
    }

    /// The newest list of each of its keys, the present one first.
    ///
    /// # Errors
    ///
    /// [`SummaryError`] when a file is there that cannot be read.
    pub fn lists(&self) -> Result<Vec<FoundList>, SummaryError> {
        let path = self.layout().crl.clone();
        let mut lists = vec![self.found_list(ListKey::Current, path, self.certificate())?];
        for key in self.retired_keys()? {
            let path = key.path(RetiredFile::Crl);
            let whose = ListKey::Retired(key.id().clone());
            lists.push(self.found_list(whose, path, key.certificate())?);
        }
        Ok(lists)
    }

    fn found_list(
        &self,
        key: ListKey,
        path: PathBuf,
        certificate: &Certificate,
    ) -> Result<FoundList, FileError> {
        let present = Present::of(&path, certificate)?;
        let lacks = match &present {
            Present::Ours(list) => due::lacking(list, &self.layout().ledger)?,
            Present::Missing | Present::Foreign { .. } | Present::Unreadable { .. } => 0,
        };
        Ok(FoundList {
            key,
            path,
            present,
            lacks,
        })
    }
}
