//! Doing what the plan of a change says: after it is on disk, and again by the next command where that
//! was interrupted.
//!
//! Invariant: doing a plan again, from wherever it stopped, leads to the same folder; and a journal that
//! was made by hand reaches nothing but the folder's own files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use trustpack_keystore::placing;

use super::obstacle::{Obstacle, is_own_folder};
use crate::change_plan::Step;
use crate::change_target::Target;
use crate::durable::{self, Doing, FileError};
use crate::journal::Journal;
use crate::layout::Layout;
use crate::ledger::{self, Appender, LedgerError};
use crate::ledger_line::Record;

/// A change that is decided cannot be finished now.
#[derive(Debug, thiserror::Error)]
pub enum RedoError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What was prepared is gone, and not in its place either.
    #[error(
        "{} is missing, and {} is not there either; put the latter back from a copy",
        staged.display(),
        target.display()
    )]
    Lost {
        /// Where it was prepared.
        staged: PathBuf,
        /// Where it was to go.
        target: PathBuf,
    },
    /// What was prepared is no file of ours.
    #[error(
        "{} is no file that was prepared here, but a link, a folder, or one that others may read; if nobody put it there on purpose, take it away",
        staged.display()
    )]
    NotOurs {
        /// Where it is.
        staged: PathBuf,
    },
    /// A folder of ours is something else.
    #[error(transparent)]
    Obstacle(#[from] Obstacle),
}

/// Does what a plan says, as far as it is not done.
pub(crate) fn redo(layout: &Layout, journal: &Journal, steps: &[Step]) -> Result<(), RedoError> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for step in steps {
        match step {
            Step::Put(number, target) => {
                let path = target.path(layout);
                for folder in target.own_folders(layout) {
                    make_own_folder(&folder)?;
                }
                put(&journal.staged(*number), &path, target)?;
                folders.push(placing::folder_of(&path).to_path_buf());
            }
            Step::Remove(target) => {
                let path = target.path(layout);
                durable::remove_if_there(&path)?;
                folders.push(placing::folder_of(&path).to_path_buf());
            }
            Step::Append(line) => append_once(&layout.ledger, line)?,
        }
    }
    folders.sort();
    folders.dedup();
    for folder in folders {
        durable::sync_folder(&folder)?;
    }
    Ok(())
}

/// Renames what was prepared to its place, unless that has been done.
fn put(staged: &Path, path: &Path, target: &Target) -> Result<(), RedoError> {
    match staged.symlink_metadata() {
        Ok(found) => {
            let open = target.is_private() && found.permissions().mode() & 0o077 != 0;
            if !found.is_file() || open {
                let staged = staged.to_path_buf();
                return Err(RedoError::NotOurs { staged });
            }
            fs::rename(staged, path)
                .map_err(|error| FileError::new(Doing::Rename, path, error).into())
        }
        Err(_) if path.symlink_metadata().is_ok() => Ok(()),
        Err(_) => Err(RedoError::Lost {
            staged: staged.to_path_buf(),
            target: path.to_path_buf(),
        }),
    }
}

/// Adds `line`, with its line break, unless the ledger has its serial. What stands of it at the end,
/// torn, goes first.
fn append_once(ledger: &Path, line: &str) -> Result<(), LedgerError> {
    ledger::cut_torn_line(ledger, &[line])?;
    let new = Record::from_line(line.trim_end_matches('\n')).map(|record| record.serial);
    let mut found = false;
    ledger::for_each_line(ledger, |_, record| {
        found |= record.is_ok_and(|record| new.as_ref().is_ok_and(|new| record.serial == *new));
        Ok::<(), LedgerError>(())
    })?;
    match found {
        true => Ok(()),
        false => Appender::open(ledger)?.append(line),
    }
}

/// Makes a folder in which certificates or files of the CA itself are kept.
fn make_own_folder(path: &Path) -> Result<(), RedoError> {
    if !is_own_folder(path)? {
        durable::create_folder(path, 0o700)?;
        durable::sync_folder_of(path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::test_folder::{Folder, folder};
    use crate::recovery::recover;

    /// Lays out a journal by hand, and says what becomes of it.
    fn by_hand(folder: &Folder, plan: &str, lay_out: impl FnOnce(&Path)) -> Result<(), String> {
        let pending = folder.layout.pending();
        fs::create_dir(&pending).unwrap();
        fs::write(
            pending.join("plan"),
            format!("trustpack plan 2\n{plan}end\n"),
        )
        .unwrap();
        lay_out(&pending);
        recover(&folder.layout, &folder.lock)
            .map(|_| ())
            .map_err(|error| crate::check::whole_message(&error))
    }

    #[test]
    fn a_journal_made_by_hand_reaches_nothing_else() {
        let outside = tempfile::tempdir().unwrap();
        let secret = outside.path().join("secret");
        fs::write(&secret, "secret").unwrap();
        let link = |from: &Path, to: &Path| std::os::unix::fs::symlink(from, to).unwrap();

        let ca = folder();
        let linked = by_hand(&ca, "change crl\nput 0 crl.pem\n", |pending| {
            link(&secret, &pending.join("new.0"));
        });
        assert!(linked.unwrap_err().contains("no file that was prepared"));
        assert_eq!(fs::read(&ca.layout.crl).unwrap(), b"old list");

        let ca = folder();
        link(outside.path(), &ca.layout.ca_conf.join("retired"));
        let plan = "change crl\nput 0 retired/AB/crl.pem\n";
        let retired = by_hand(&ca, plan, |pending| {
            fs::write(pending.join("new.0"), "x").unwrap();
        });
        assert!(retired.unwrap_err().contains("but a link; take it away"));

        let ca = folder();
        let open = by_hand(&ca, "change rekey\nput 0 ca_priv_key.pem\n", |pending| {
            fs::write(pending.join("new.0"), "x").unwrap();
        });
        assert!(open.unwrap_err().contains("others may read"));

        let ca = folder();
        let gone = by_hand(&ca, "change repair\nput 7 ca.conf\n", |_| {});
        assert!(gone.unwrap_err().contains("is missing"));
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    }
}
