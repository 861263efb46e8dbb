//! A change of a CA directory other than issuing: a few files, all of them or none.
//!
//! ```text
//! let lock = directory.lock()?;
//! recover(&layout, &lock)?;                          // before anything is read that decides
//! let mut change = Change::begin(&layout, &lock, ChangeKind::Crl)?;
//! change.move_number(NumberFile::CrlNumber, "1001\n")?;   // at once: no number is used twice
//! change.stage(Target::Crl, pem.as_bytes(), FileMode::Public)?;
//! change.commit()?;
//! ```
//!
//! Everything is written inside `.pending` first, with its final permissions, and read again. Then the
//! plan is put on disk: it decides. After it each file is renamed to its place; killed there, the next
//! command does the same again. Dropped before, nothing but numbers has changed. Invariant: nothing
//! outside `.pending` changes before the plan is on disk, but for numbers, which only rise.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use trustpack_keystore::limited_file;
use trustpack_keystore::private_file::PrivateMode;

use crate::change_kind::ChangeKind;
use crate::change_plan::{Plan, Step};
use crate::change_target::Target;
use crate::durable::{self, Doing, FileError};
use crate::journal::{Journal, NumberFile};
use crate::layout::Layout;
use crate::ledger_line::Record;
use crate::lock::Lock;

pub mod obstacle;
pub mod redo;
#[cfg(test)]
pub(crate) mod test_folder;

use self::obstacle::Obstacle;
use self::redo::{RedoError, redo};

/// A change that is being prepared.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    layout: &'a Layout,
    kind: ChangeKind,
    journal: Undecided,
    steps: Vec<Step>,
}

/// The journal of a change that is taken back when this is dropped.
#[derive(Debug)]
struct Undecided {
    journal: Journal,
    is_decided: bool,
}

/// Who may read a file that a change puts in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileMode {
    /// Everybody; a file that takes the place of another keeps its permissions.
    Public,
    /// As a private key is protected.
    Private(PrivateMode),
}

/// A change was not made; or, in one case, it was decided and is not finished.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A kind of change that has no such file: a mistake of this program.
    #[error("{kind} must not touch {target}")]
    NotAllowed {
        /// The kind.
        kind: ChangeKind,
        /// The file.
        target: String,
    },
    /// A private file that would be readable by others: a mistake of this program.
    #[error("{target} must be private")]
    NotPrivate {
        /// The file.
        target: String,
    },
    /// A file that no rename could put in place.
    #[error("{} is on another file system than {}; a change of both cannot be all or nothing", path.display(), ca_conf.display())]
    OtherFileSystem {
        /// The file's folder.
        path: PathBuf,
        /// The folder with the CA's own files.
        ca_conf: PathBuf,
    },
    /// Something that would keep it from being made.
    #[error(transparent)]
    Obstacle(#[from] Obstacle),
    /// A file reads back as something else than was written.
    #[error("{} does not read back as it was written; is the disk sound?", path.display())]
    ReadBack {
        /// The file.
        path: PathBuf,
    },
    /// It is decided; the next command does the rest.
    #[error(
        "the change is recorded but not finished; the next command on this CA directory finishes it"
    )]
    Unfinished(#[source] Box<RedoError>),
}

impl<'a> Change<'a> {
    /// Begins a change. A folder that cannot be written fails here, with nothing changed.
    pub(crate) fn begin(
        layout: &'a Layout,
        _held: &Lock,
        kind: ChangeKind,
    ) -> Result<Self, FileError> {
        let journal = Journal::begin(&layout.pending())?;
        Ok(Self {
            layout,
            kind,
            journal: Undecided {
                journal,
                is_decided: false,
            },
            steps: Vec::new(),
        })
    }

    /// Moves a number on, at once: whatever becomes of the change, it is not given again.
    pub(crate) fn move_number(&mut self, file: NumberFile, text: &str) -> Result<(), FileError> {
        let path = match file {
            NumberFile::Serial => &self.layout.serial,
            NumberFile::CrlNumber => &self.layout.crl_number,
        };
        self.journal.get().replace_number(file, path, text)
    }

    /// Prepares a file.
    pub(crate) fn stage(
        &mut self,
        target: Target,
        contents: &[u8],
        mode: FileMode,
    ) -> Result<(), ChangeError> {
        let path = self.place(&target, mode)?;
        match mode {
            FileMode::Public => {
                durable::create_public(&path, contents)?;
                self.take_over_mode(&path, &target)?;
            }
            FileMode::Private(mode) => durable::create_private(&path, contents, mode)?,
        }
        if !reads_as(&path, contents)? {
            return Err(ChangeError::ReadBack { path });
        }
        self.add(target);
        Ok(())
    }

    /// Prepares a public file that `fill` writes piece by piece; it should write large pieces. What it
    /// wrote is not read again: that is the caller's.
    pub(crate) fn stage_with(
        &mut self,
        target: Target,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), ChangeError> {
        let path = self.place(&target, FileMode::Public)?;
        durable::create_public_with(&path, fill)?;
        self.take_over_mode(&path, &target)?;
        self.add(target);
        Ok(())
    }

    /// Keeps what is in one place now also in another. What is not there is not kept.
    pub(crate) fn keep(
        &mut self,
        old: &Target,
        kept: Target,
        mode: FileMode,
    ) -> Result<(), ChangeError> {
        match durable::read_large_if_there(&old.path(self.layout))? {
            Some(contents) => self.stage(kept, &contents, mode),
            None => Ok(()),
        }
    }

    /// Removes a file when the change is made.
    pub(crate) fn remove(&mut self, target: Target) -> Result<(), ChangeError> {
        if !self.kind.may_touch(&target) || !target.may_go() {
            return Err(self.not_allowed(&target));
        }
        self.steps.push(Step::Remove(target));
        Ok(())
    }

    /// Adds a record to the ledger when the change is made. For a change that also replaces the
    /// ledger this comes after that.
    pub(crate) fn record(&mut self, record: &Record) {
        self.steps.push(Step::Append(record.to_line()));
    }

    /// Makes the change.
    ///
    /// After [`ChangeError::Unfinished`] it counts as made: the next command finishes it. After any
    /// other error nothing has changed.
    pub(crate) fn commit(self) -> Result<(), ChangeError> {
        let Self {
            layout,
            kind,
            journal,
            steps,
        } = self;
        obstacle::refuse(layout, journal.get(), &steps)?;
        let plan = Plan::Redo {
            kind,
            steps: steps.clone(),
        };
        journal.get().write_plan(&plan)?;
        let journal = journal.decided();
        redo(layout, &journal, &steps).map_err(|error| ChangeError::Unfinished(Box::new(error)))?;
        // Done: whatever stays of the journal, the next command removes.
        drop(journal.end());
        Ok(())
    }

    /// Where a file is to be prepared, if it may be.
    fn place(&self, target: &Target, mode: FileMode) -> Result<PathBuf, ChangeError> {
        if !self.kind.may_touch(target) {
            return Err(self.not_allowed(target));
        }
        if target.is_private() && mode == FileMode::Public {
            return Err(ChangeError::NotPrivate {
                target: target.to_string(),
            });
        }
        obstacle::refuse_place(self.layout, target)?;
        let path = target.path(self.layout);
        let folder = path.ancestors().skip(1).find(|folder| folder.is_dir());
        if let Some(folder) = folder
            && device(folder)? != device(&self.layout.ca_conf)?
        {
            return Err(ChangeError::OtherFileSystem {
                path: folder.to_path_buf(),
                ca_conf: self.layout.ca_conf.clone(),
            });
        }
        Ok(self.journal.get().staged(self.steps.len()))
    }

    /// The file under the number of the next step becomes that step.
    fn add(&mut self, target: Target) {
        self.steps.push(Step::Put(self.steps.len(), target));
    }

    /// A public file keeps the permissions of the one whose place it takes, where those are narrower.
    fn take_over_mode(&self, staged: &Path, target: &Target) -> Result<(), FileError> {
        let Ok(old) = fs::metadata(target.path(self.layout)) else {
            return Ok(());
        };
        let mode = old.permissions().mode() & 0o644;
        fs::set_permissions(staged, fs::Permissions::from_mode(mode))
            .map_err(|error| FileError::new(Doing::Write, staged, error))
    }

    fn not_allowed(&self, target: &Target) -> ChangeError {
        ChangeError::NotAllowed {
            kind: self.kind,
            target: target.to_string(),
        }
    }
}

impl Undecided {
    fn get(&self) -> &Journal {
        &self.journal
    }

    /// The plan is on disk: from here on dropping must not take the change back.
    fn decided(mut self) -> Journal {
        self.is_decided = true;
        self.journal.clone()
    }
}

impl Drop for Undecided {
    fn drop(&mut self) {
        if !self.is_decided {
            // What cannot be removed now the next command removes.
            drop(self.journal.clone().end());
        }
    }
}

fn reads_as(path: &Path, contents: &[u8]) -> Result<bool, FileError> {
    limited_file::holds(path, contents).map_err(|error| FileError::new(Doing::Read, path, error))
}

fn device(path: &Path) -> Result<u64, FileError> {
    fs::metadata(path)
        .map(|found| found.dev())
        .map_err(|error| FileError::new(Doing::Read, path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::test_folder::{Folder, folder};
    use crate::recovery::recover;
    use crate::retired::names::{KeyId, RetiredFile};

    const LINE: &str = "V\t270301085240Z\t\t0A\tunknown\t/CN=a\n";

    fn key_id() -> KeyId {
        "AB01".parse().unwrap()
    }

    /// A change of every kind of step.
    fn prepared(folder: &Folder) -> Change<'_> {
        let mut change = Change::begin(&folder.layout, &folder.lock, ChangeKind::Rekey).unwrap();
        let private = FileMode::Private(PrivateMode::ReadOnly0400);
        let retired = Target::Retired(key_id(), RetiredFile::PrivateKey);
        change.move_number(NumberFile::CrlNumber, "02\n").unwrap();
        change.keep(&Target::PrivateKey, retired, private).unwrap();
        change
            .stage(Target::PrivateKey, b"new key", private)
            .unwrap();
        change
            .stage_with(Target::Crl, |file| io::Write::write_all(file, b"new list"))
            .unwrap();
        change.remove(Target::Chain).unwrap();
        change.record(&Record::from_line(LINE.trim_end()).unwrap());
        change
    }

    #[track_caller]
    fn assert_done(layout: &Layout) {
        let read = |path: &Path| fs::read_to_string(path).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let retired = layout.retired(&key_id()).join("ca_priv_key.pem");
        assert_eq!(read(&layout.private_key), "new key");
        assert_eq!(read(&retired), "old key");
        assert_eq!(read(&layout.crl), "new list");
        assert_eq!(read(&layout.ledger), LINE);
        assert_eq!(read(&layout.crl_number), "02\n");
        assert!(!layout.chain.exists() && !layout.pending().exists());
        assert_eq!([mode(&layout.private_key), mode(&retired)], [0o400; 2]);
        assert_eq!(mode(&layout.crl), 0o600, "that of the file before it");
    }

    #[test]
    fn a_change_is_made_whole() {
        let folder = folder();
        prepared(&folder).commit().unwrap();
        assert_done(&folder.layout);
    }

    #[test]
    fn dropped_it_has_changed_a_number_only() {
        let folder = folder();
        drop(prepared(&folder));
        let layout = &folder.layout;
        assert_eq!(fs::read(&layout.private_key).unwrap(), b"old key");
        assert_eq!(fs::read(&layout.crl).unwrap(), b"old list");
        assert_eq!(fs::read(&layout.crl_number).unwrap(), b"02\n");
        assert!(layout.chain.exists() && !layout.pending().exists());
    }

    #[test]
    fn decided_it_is_finished_from_wherever_it_stopped() {
        for done in 0..=5 {
            let folder = folder();
            let Change { steps, journal, .. } = prepared(&folder);
            let journal = journal.decided();
            let plan = Plan::Redo {
                kind: ChangeKind::Rekey,
                steps: steps.clone(),
            };
            journal.write_plan(&plan).unwrap();
            redo(&folder.layout, &journal, &steps[..done]).unwrap();
            let recovered = recover(&folder.layout, &folder.lock).unwrap().unwrap();
            assert_eq!(recovered.done, Some(ChangeKind::Rekey));
            assert_done(&folder.layout);
            assert_eq!(recover(&folder.layout, &folder.lock).unwrap(), None);
        }
    }

    #[test]
    fn what_such_a_change_does_not_have_is_refused() {
        let folder = folder();
        let private = FileMode::Private(PrivateMode::ReadOnly0400);
        let mut change = Change::begin(&folder.layout, &folder.lock, ChangeKind::Crl).unwrap();
        assert!(change.stage(Target::PrivateKey, b"", private).is_err());
        assert!(change.remove(Target::Ledger).is_err());
        drop(change);
        let mut change = Change::begin(&folder.layout, &folder.lock, ChangeKind::Rekey).unwrap();
        let open = change.stage(Target::PrivateKey, b"", FileMode::Public);
        assert!(matches!(open, Err(ChangeError::NotPrivate { .. })));
    }
}
