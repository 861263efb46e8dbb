//! Mending what is out of step: `ca check --repair`.
//!
//! What can be put right from what is there is put right; everything else is left, with what to do by hand.
//! Each file that is changed is kept as it was (see [`kept`]), and each change is all or nothing. Invariant:
//! nothing that a certificate or a revocation could be found by is lost, and a doubt about a revocation
//! counts as one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use trustpack_keystore::password::Password;
use trustpack_keystore::private_file::PrivateMode;
use trustpack_settings::finding::Kind;
use trustpack_x509::time::Timestamp;

use self::kept::{KeptFile, KeptFolder};
use self::ledger_mend::Rebuilt;
use crate::change::obstacle::{Obstacle, is_own_folder};
use crate::change::{Change, ChangeError, FileMode};
use crate::change_kind::ChangeKind;
use crate::change_target::Target;
use crate::check::CaFinding;
use crate::check::found::{Checked, Found};
use crate::directory::CaDirectory;
use crate::durable::FileError;
use crate::entropy::Entropy;
use crate::findings::{not_in_ledger, revocations_unknown, revoked_on_list};
use crate::layout::{self, Layout};
use crate::lock::Lock;
use crate::own_keys::OwnKeys;
use crate::recovery::{RecoverError, recover};
use crate::retired::RetiredError;

mod copies;
mod issued;
pub(crate) mod kept;
mod ledger_lines;
pub(crate) mod ledger_mend;
mod permissions;
mod small_files;
mod spare_lines;
mod unfinished;

/// Whether anything is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepairMode {
    /// What can be mended is mended.
    Mend,
    /// It is said only.
    Rehearse,
}

/// What was mended.
#[derive(Clone, Debug)]
pub struct Repaired {
    /// What was done, or in a rehearsal would be: the kind that it was about, the file, and words that fit
    /// both.
    pub done: Checked,
    /// The folder with the files as they were before; none if no file was changed.
    pub kept: Option<PathBuf>,
    /// What is out of step after it; in a rehearsal, what is now. Lines of the ledger that come back
    /// though no list says how they stand are an error here, which no later check can tell.
    pub left: Checked,
}

/// Mending stopped. What was mended before is whole.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// An interrupted change.
    #[error("an interrupted change cannot be finished or undone")]
    Recover(#[from] RecoverError),
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// What is kept of keys that were replaced.
    #[error(transparent)]
    Retired(#[from] RetiredError),
    /// A change.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The folder in which files are kept as they were.
    #[error(transparent)]
    Obstacle(#[from] Obstacle),
}

impl Repaired {
    /// After a rehearsal: of what is out of step now, what mending would leave. Kinds of which more is mended
    /// than is listed are left out.
    #[must_use]
    pub fn would_be_left(&self) -> Checked {
        let findings = self.left.findings.iter();
        let findings: Vec<CaFinding> = findings.filter(|f| !self.mends(f)).cloned().collect();
        let stays = |kind: &Kind| findings.iter().any(|finding| finding.code() == kind.code);
        let is_mended = |kind: &Kind| {
            self.done
                .more
                .iter()
                .any(|more| more.kind.code == kind.code)
        };
        let more = self.left.more.iter();
        let more = more.filter(|more| stays(more.kind) || !is_mended(more.kind));
        Checked {
            more: more.copied().collect(),
            findings,
        }
    }

    fn mends(&self, finding: &CaFinding) -> bool {
        self.done.findings.iter().any(|done| {
            let same = match finding.about {
                Some(_) => done.about == finding.about,
                None => done.about.is_none() && done.path == finding.path,
            };
            // A line that comes back has what a list says.
            let line_comes_back = done.code() == not_in_ledger::KIND.code
                && finding.code() == revoked_on_list::KIND.code;
            same && (done.code() == finding.code() || line_comes_back)
        })
    }
}

impl CaDirectory {
    /// Mends what is out of step, at the time `now`; `password` opens an encrypted CA key, which is looked
    /// at and not used.
    ///
    /// Waits for another command that is changing the folder.
    ///
    /// # Errors
    ///
    /// [`RepairError`] when the folder cannot be written. What was mended until then is whole, and mending can
    /// be tried again.
    pub fn repair(
        &self,
        mode: RepairMode,
        now: Timestamp,
        password: Option<&Password>,
        entropy: &mut Entropy<'_>,
    ) -> Result<Repaired, RepairError> {
        let layout = self.layout();
        let lock = self.lock()?;
        recover(layout, &lock)?;
        // Said also in a rehearsal.
        is_own_folder(&layout.ca_conf.join(layout::MENDED))?;
        let mut repair = Repair {
            directory: self,
            lock: &lock,
            mode,
            now,
            keys: OwnKeys::of(self)?,
            folder: free_folder(layout, now),
            has_kept: false,
            rebuilt: Rebuilt::default(),
            done: Found::default(),
        };
        ledger_mend::mend(&mut repair)?;
        copies::mend(&mut repair)?;
        small_files::mend(&mut repair, entropy)?;
        permissions::mend(&mut repair)?;
        unfinished::mend(&mut repair);
        let kept = repair.has_kept.then(|| layout.mended(&repair.folder));
        let rebuilt = repair.rebuilt;
        let done = repair.done.into_checked();
        drop(lock);
        let mut left = self.look(now, password);
        left.add_all(revocations_unknown::of_rebuilt(self, rebuilt));
        Ok(Repaired {
            done,
            kept,
            left: left.into_checked(),
        })
    }
}

/// A folder name that is not taken: one second later for each that is.
fn free_folder(layout: &Layout, now: Timestamp) -> KeptFolder {
    let mut moment = now;
    loop {
        let folder = KeptFolder::of(moment);
        if layout.mended(&folder).symlink_metadata().is_err() {
            return folder;
        }
        moment = moment.saturating_add(Duration::from_secs(1));
    }
}

/// A repair under way.
struct Repair<'a> {
    directory: &'a CaDirectory,
    lock: &'a Lock,
    mode: RepairMode,
    now: Timestamp,
    keys: OwnKeys,
    /// Where files are kept as they were.
    folder: KeptFolder,
    has_kept: bool,
    rebuilt: Rebuilt,
    done: Found,
}

impl<'a> Repair<'a> {
    fn layout(&self) -> &'a Layout {
        self.directory.layout()
    }

    fn is_rehearsal(&self) -> bool {
        match self.mode {
            RepairMode::Mend => false,
            RepairMode::Rehearse => true,
        }
    }

    /// Notes what was done, or would be.
    fn note(&mut self, kind: &'static Kind, path: &Path, message: impl Into<String>) {
        self.done.add(CaFinding::new(kind, path, message));
    }

    fn begin(&self) -> Result<Change<'a>, RepairError> {
        Ok(Change::begin(self.layout(), self.lock, ChangeKind::Repair)?)
    }

    /// Prepares a new file in the place of one that is kept as it was.
    fn replace(
        &mut self,
        change: &mut Change<'_>,
        target: Target,
        kept: KeptFile,
        contents: &[u8],
    ) -> Result<(), RepairError> {
        self.keep(change, &target, kept)?;
        Ok(change.stage(target, contents, FileMode::Public)?)
    }

    /// Keeps a file as it is; one that is not there is not kept.
    fn keep(
        &mut self,
        change: &mut Change<'_>,
        target: &Target,
        kept: KeptFile,
    ) -> Result<(), RepairError> {
        let there = target.path(self.layout()).symlink_metadata().is_ok();
        self.has_kept |= there;
        let kept = Target::Mended(self.folder.clone(), kept);
        change.keep(target, kept, FileMode::Private(KEPT_MODE))?;
        Ok(())
    }
}

/// Nobody is to change it, and what it holds may be a key.
const KEPT_MODE: PrivateMode = PrivateMode::ReadOnly0400;

/// A file that is larger is left, ledgers aside: what stands where a number, a certificate or a trust store should
/// be has far fewer octets, and is read whole to be kept.
const MAX_KEPT_BYTES: u64 = 16 << 20;

/// Whether another file can be put in this place by renaming, and what is there be kept: there is a file that is
/// not too large for that, or nothing.
fn is_replaceable(path: &Path) -> bool {
    path.symlink_metadata().map_or_else(
        |error| error.kind() == std::io::ErrorKind::NotFound,
        |found| found.is_file() && found.len() <= MAX_KEPT_BYTES,
    )
}
