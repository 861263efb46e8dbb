//! The journal `ca_conf/.pending`: the folder in which a change prepares what it is about to do, so
//! that the next command can finish or undo it.
//!
//! It is there during a change only. Two orders. Issuing: the folder; the serial file; the plan; the
//! files in the repository; the line in the ledger, which decides. Any other change: the folder; the
//! number of the CRL; the new files, inside the folder; the plan, which decides; each file to its
//! place. Then the folder goes. Invariant: no file outside is made before the plan that names it is on disk.

use std::io;
use std::path::{Path, PathBuf};

use crate::change_plan::Plan;
use crate::durable::{self, Doing, FileError};

/// The plan's name inside `.pending`.
const PLAN: &str = "plan";
/// Its name before it is complete.
const PLAN_ASIDE: &str = "plan.new";
/// How the names of prepared files begin; a number follows.
const STAGED: &str = "new.";

/// Something else than a folder stands where the journal of a change would.
#[derive(Debug, thiserror::Error)]
#[error("{} is no folder; nothing of ours puts anything else there, so look at it and take it away", path.display())]
pub struct NotAFolder {
    path: PathBuf,
}

/// A file that moves on before anything that uses the number is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberFile {
    Serial,
    CrlNumber,
}

impl NumberFile {
    const ALL: [Self; 2] = [Self::Serial, Self::CrlNumber];

    /// Its name on its way.
    fn aside(self) -> &'static str {
        match self {
            Self::Serial => "serial.num",
            Self::CrlNumber => "crl_number",
        }
    }
}

/// The journal of a change that has begun. Whoever has it holds the lock.
#[derive(Clone, Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
}

impl Journal {
    /// Begins a change: from here on `folder` exists. A folder that cannot be written fails here,
    /// with nothing changed.
    pub(crate) fn begin(folder: &Path) -> Result<Self, FileError> {
        durable::create_folder(folder, 0o700)?;
        durable::sync_folder_of(folder)?;
        Ok(Self::of(folder))
    }

    fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
        }
    }

    /// Takes up the journal of a change that was interrupted; none if there is none.
    ///
    /// A link is not followed: what stands at its end is no journal of this folder.
    pub(crate) fn resume(folder: &Path) -> Result<Option<Self>, NotAFolder> {
        match folder.symlink_metadata() {
            Ok(found) if found.is_dir() => Ok(Some(Self::of(folder))),
            Ok(_) => Err(NotAFolder {
                path: folder.to_path_buf(),
            }),
            Err(_) => Ok(None),
        }
    }

    /// Puts a new file with a number in place.
    pub(crate) fn replace_number(
        &self,
        file: NumberFile,
        path: &Path,
        text: &str,
    ) -> Result<(), FileError> {
        durable::replace(&self.folder.join(file.aside()), path, text.as_bytes())
    }

    /// Where the file of this number is prepared.
    pub(crate) fn staged(&self, number: usize) -> PathBuf {
        self.folder.join(format!("{STAGED}{number}"))
    }

    /// Puts the plan on disk, and the entries of all that was prepared. One that the next command could not
    /// read is refused.
    pub(crate) fn write_plan(&self, plan: &Plan) -> Result<(), FileError> {
        let [aside, path] = [self.folder.join(PLAN_ASIDE), self.folder.join(PLAN)];
        let text = plan.to_text();
        let unreadable = match Plan::from_text(&text) {
            Err(error) => Some(io::Error::other(error)),
            Ok(_) if text.len() > durable::MAX_PLAN_BYTES => {
                Some(io::Error::from(io::ErrorKind::FileTooLarge))
            }
            Ok(_) => None,
        };
        match unreadable {
            Some(error) => Err(FileError::new(Doing::Write, &path, error)),
            None => durable::replace(&aside, &path, text.as_bytes()),
        }
    }

    /// The text of the plan; none if the change did not come that far, so that it made no files.
    pub(crate) fn plan_text(&self) -> Result<Option<String>, FileError> {
        let contents = durable::read_plan_if_there(&self.folder.join(PLAN))?;
        Ok(contents.map(|octets| String::from_utf8_lossy(&octets).into_owned()))
    }

    /// Ends the change, done or undone: `folder` is gone after it. A file in it that is none of ours
    /// is not removed, and then the folder stays.
    pub(crate) fn end(self) -> Result<(), FileError> {
        for name in [PLAN, PLAN_ASIDE] {
            durable::remove_if_there(&self.folder.join(name))?;
        }
        for name in self.others()? {
            durable::remove_if_there(&self.folder.join(name))?;
        }
        std::fs::remove_dir(&self.folder)
            .map_err(|error| FileError::new(Doing::Remove, &self.folder, error))?;
        durable::sync_folder_of(&self.folder)
    }

    /// Names of prepared files and of numbers on their way that are still there.
    fn others(&self) -> Result<Vec<String>, FileError> {
        let list = || -> io::Result<Vec<String>> {
            let mut names = Vec::new();
            for entry in std::fs::read_dir(&self.folder)? {
                names.extend(entry?.file_name().into_string());
            }
            Ok(names)
        };
        let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
        let mut names = list().map_err(|error| FileError::new(Doing::Read, &self.folder, error))?;
        names.retain(|name| {
            name.strip_prefix(STAGED).is_some_and(is_number)
                || NumberFile::ALL.iter().any(|file| file.aside() == name)
        });
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let pending = folder.path().join(".pending");
        assert!(Journal::resume(&pending).unwrap().is_none());
        let journal = Journal::begin(&pending).unwrap();
        assert!(Journal::begin(&pending).is_err());
        let serial = folder.path().join("serial.num");
        journal
            .replace_number(NumberFile::Serial, &serial, "0B\n")
            .unwrap();
        assert_eq!(journal.plan_text().unwrap(), None);
        let plan = Plan::Issue(Vec::new());
        journal.write_plan(&plan).unwrap();
        std::fs::write(journal.staged(12), "").unwrap();
        let again = Journal::resume(&pending).unwrap().unwrap();
        let text = again.plan_text().unwrap().unwrap();
        assert_eq!(Plan::from_text(&text).unwrap(), plan);
        again.end().unwrap();
        assert!(!pending.exists());
        assert_eq!(std::fs::read_to_string(serial).unwrap(), "0B\n");
    }

    #[test]
    fn what_is_not_ours_is_not_removed() {
        let folder = tempfile::tempdir().unwrap();
        let pending = folder.path().join(".pending");
        let journal = Journal::begin(&pending).unwrap();
        std::fs::write(pending.join("new.x"), "").unwrap();
        assert!(journal.end().is_err());
        assert!(pending.join("new.x").exists());
    }
}
