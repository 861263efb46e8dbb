//! Putting a new CA directory in place, all or nothing.
//!
//! It is built in a folder aside, the repository inside it; then the repository takes its place, then, by
//! one rename that replaces nothing, the CA. What a killed attempt leaves is removed by the next one.
//! Invariant: a folder that has a CA, or a part of one, is not touched.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use trustpack_keystore::pem::read_certificates;
use trustpack_x509::time::Timestamp;

use crate::durable::{self, Doing, FileError};
use crate::layout::{self, Layout, REPOSITORY};
use crate::lock::PlaceLock;

/// The folder in which a CA is built: beside the place of `ca_conf`, on the same file system.
pub(crate) const ASIDE: &str = ".ca_conf.new";
/// The number of the first CRL, in the form that OpenSSL reads.
pub(crate) const FIRST_CRL_NUMBER: &str = "01\n";
/// The repository while it is built, inside the folder aside.
const REPOSITORY_ASIDE: &str = ".repository";
/// Says that the repository in place is the one that was built: it goes if the CA does not follow.
const REPOSITORY_MARK: &str = ".repository.placed";

/// A CA directory that is being built. Dropped before it is finished, nothing of it is left.
#[derive(Debug)]
pub(crate) struct Founding {
    dir: PathBuf,
    made: Vec<PathBuf>,
    /// None once the CA is in place.
    lock: Option<PlaceLock>,
}

/// A new CA directory cannot be put where it was to be.
#[derive(Debug, thiserror::Error)]
pub enum FoundingError {
    /// There is a CA.
    #[error("{} has a CA already: {subject}, until {not_after}", dir.display())]
    Exists {
        /// The folder.
        dir: PathBuf,
        /// The subject of the CA that is there.
        subject: String,
        /// Its last moment.
        not_after: Timestamp,
    },
    /// There is a part of a CA, or something of the same name.
    #[error("{} is in the way; a CA is made only where there is no file of another", path.display())]
    Occupied {
        /// What is there.
        path: PathBuf,
    },
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Founding {
    /// Takes the place: makes `dir` where it is missing, and the folder aside.
    pub(crate) fn begin(dir: &Path) -> Result<Self, FoundingError> {
        refuse_existing(dir)?;
        let made = make_folders(dir)?;
        let lock = PlaceLock::take(dir).inspect_err(|_| remove_folders(&made))?;
        let founding = Self {
            dir: dir.to_path_buf(),
            made,
            lock: Some(lock),
        };
        refuse_existing(dir)?;
        clear_leftovers(dir)?;
        durable::create_folder(&founding.aside(), 0o700)?;
        Ok(founding)
    }

    /// Where the CA's own files are built; they lie there under the names that they keep.
    pub(crate) fn aside(&self) -> PathBuf {
        self.dir.join(ASIDE)
    }

    /// Where a repository with something in it is built.
    pub(crate) fn repository(&self) -> Result<PathBuf, FoundingError> {
        let place = self.dir.join(REPOSITORY);
        let in_use = fs::read_dir(&place).is_ok_and(|mut entries| entries.next().is_some());
        if in_use || place.is_symlink() {
            return Err(FoundingError::Occupied { path: place });
        }
        let repository = self.aside().join(REPOSITORY_ASIDE);
        if !repository.is_dir() {
            durable::create_folder(&repository, 0o755)?;
        }
        Ok(repository)
    }

    /// Puts all in place.
    pub(crate) fn finish(mut self) -> Result<Layout, FoundingError> {
        let aside = self.aside();
        let [built, mark] = [REPOSITORY_ASIDE, REPOSITORY_MARK].map(|name| aside.join(name));
        let repository = self.dir.join(REPOSITORY);
        if built.is_dir() {
            durable::sync_folder(&built)?;
            durable::create_public(&mark, b"")?;
            durable::sync_folder(&aside)?;
            // One with something in it is none of ours, and stops the renaming.
            drop(fs::remove_dir(&repository));
            rename_into_place(&built, &repository)?;
            durable::sync_folder(&self.dir)?;
        } else {
            make_repository(&repository)?;
        }
        durable::sync_folder(&aside)?;
        // From here on the CA is there, and whole.
        rename_into_place(&aside, &self.dir.join(layout::CA_CONF))?;
        self.lock = None;
        durable::sync_folder(&self.dir)?;
        let layout = Layout::new(&self.dir);
        // It says nothing any more; where it cannot be removed it does no harm.
        drop(durable::remove_if_there(
            &layout.ca_conf.join(REPOSITORY_MARK),
        ));
        Ok(layout)
    }
}

impl Drop for Founding {
    fn drop(&mut self) {
        if let Some(lock) = self.lock.take() {
            // What went wrong is told; that its remains stayed too is seen by the next command.
            drop(clear_leftovers(&self.dir));
            // Its file is in the way of removing the folder.
            drop(lock);
            remove_folders(&self.made);
        }
    }
}

/// Makes the repository if it is missing.
pub(crate) fn make_repository(repository: &Path) -> Result<(), FileError> {
    if !repository.is_dir() {
        durable::create_folder(repository, 0o755)?;
        durable::sync_folder_of(repository)?;
    }
    Ok(())
}

/// Removes what a killed attempt left in a folder that is open for use.
pub(crate) fn clear_leftovers_under(dir: &Path, _held: &PlaceLock) -> Result<(), FileError> {
    clear_leftovers(dir)
}

/// Removes what a killed attempt left, its private key included. Whoever calls holds the lock.
fn clear_leftovers(dir: &Path) -> Result<(), FileError> {
    let aside = dir.join(ASIDE);
    let repository = dir.join(REPOSITORY);
    if aside.symlink_metadata().is_ok() && dir.join(layout::CA_CONF).symlink_metadata().is_err() {
        let placed = aside.join(REPOSITORY_MARK).exists() && !aside.join(REPOSITORY_ASIDE).exists();
        if placed {
            remove_all(&repository)?;
        } else {
            // The attempt may have made the repository; one with something in it was there before.
            drop(fs::remove_dir(&repository));
        }
    }
    remove_all(&aside)
}

fn remove_all(folder: &Path) -> Result<(), FileError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FileError::new(Doing::Remove, folder, error))
        }
        Err(_) | Ok(()) => Ok(()),
    }
}

/// Fails where there is a CA, or a part of one.
pub(crate) fn refuse_existing(dir: &Path) -> Result<(), FoundingError> {
    // Where even looking fails something is in the way, or making the folder will say why not.
    let layout = Layout::find(dir).unwrap_or_else(|_| Layout::new(dir));
    if layout.ca_conf.symlink_metadata().is_ok() {
        let certificate = durable::read(&layout.certificate)
            .ok()
            .and_then(|file| read_certificates(&file).ok()?.into_iter().next());
        return Err(match certificate {
            Some(certificate) => FoundingError::Exists {
                dir: dir.to_path_buf(),
                subject: certificate.subject().to_string(),
                not_after: certificate.validity().not_after,
            },
            None => FoundingError::Occupied {
                path: layout.ca_conf,
            },
        });
    }
    let beside = [
        layout::PRIVATE_KEY,
        layout::LEDGER,
        layout::SERIAL,
        layout::CONFIG,
    ];
    match beside
        .iter()
        .map(|name| dir.join(name))
        .find(|path| path.symlink_metadata().is_ok())
    {
        Some(path) => Err(FoundingError::Occupied { path }),
        None => Ok(()),
    }
}

/// Makes `dir` and what is missing above it; says what was made, the outermost first. When it fails
/// nothing of that is left.
fn make_folders(dir: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut missing: Vec<PathBuf> = dir
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .map(Path::to_path_buf)
        .collect();
    missing.reverse();
    for (made, folder) in missing.iter().enumerate() {
        durable::create_folder(folder, 0o755)
            .inspect_err(|_| remove_folders(missing.get(..made).unwrap_or_default()))?;
    }
    Ok(missing)
}

/// Removes folders that were made in vain, the innermost first; one that somebody else has put a
/// file into stays.
fn remove_folders(made: &[PathBuf]) {
    for folder in made.iter().rev() {
        drop(fs::remove_dir(folder));
    }
}

/// Renames a folder, replacing nothing.
fn rename_into_place(from: &Path, to: &Path) -> Result<(), FoundingError> {
    let renamed = match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Not every file system knows the flag. Renaming a folder onto one that is not empty fails
        // anyway, and we hold the lock.
        Err(Errno::INVAL | Errno::NOSYS) => fs::rename(from, to),
        other => other.map_err(io::Error::from),
    };
    match renamed {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(FoundingError::Occupied {
                path: to.to_path_buf(),
            })
        }
        Err(error) => Err(FileError::new(Doing::Rename, to, error).into()),
        Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A founding with one certificate in its repository.
    fn begun(dir: &Path) -> Founding {
        let founding = Founding::begin(dir).unwrap();
        fs::write(founding.aside().join(layout::LEDGER), "").unwrap();
        let repository = founding.repository().unwrap();
        fs::write(repository.join("01.pem"), "").unwrap();
        founding
    }

    #[test]
    fn all_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("a/b");
        drop(begun(&dir));
        assert!(!folder.path().join("a").exists());
        let layout = begun(&dir).finish().unwrap();
        assert!(layout.ledger.exists() && layout.repository.join("01.pem").exists());
        assert!(!dir.join(ASIDE).exists() && !layout.ca_conf.join(REPOSITORY_MARK).exists());
        assert!(matches!(
            Founding::begin(&dir),
            Err(FoundingError::Occupied { .. })
        ));
    }

    #[test]
    fn what_a_killed_one_left_goes() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let killed = |placed: bool| {
            let mut founding = begun(dir);
            if placed {
                fs::write(founding.aside().join(REPOSITORY_MARK), "").unwrap();
                let built = founding.aside().join(REPOSITORY_ASIDE);
                fs::rename(built, dir.join(REPOSITORY)).unwrap();
            }
            // A killed process gives its lock back, and tidies nothing.
            founding.lock = None;
            drop(founding);
            clear_leftovers(dir).unwrap();
            fs::read_dir(dir).unwrap().count()
        };
        assert_eq!([killed(false), killed(true)], [0, 0]);
    }

    #[test]
    fn a_repository_with_files_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("repository/mine");
        fs::create_dir(folder.path().join("repository")).unwrap();
        fs::write(&file, "").unwrap();
        let founding = Founding::begin(folder.path()).unwrap();
        assert!(matches!(
            founding.repository(),
            Err(FoundingError::Occupied { .. })
        ));
        drop(founding);
        assert!(file.exists());
    }
}
