//! A bundle goes into a folder of its own, and is opened again.
//!
//! Invariant: the folder has its name only when every file in it was read and holds what it should; so
//! whoever sees the folder sees all of it.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use trustpack_keystore::contents;
use trustpack_keystore::limited_file::{self, Accepted, ReadFileError};
use trustpack_keystore::new_file::{NewFileError, OnDisk};
use trustpack_keystore::password::{Password, Passwords};
use trustpack_keystore::placing::{self, Existing, WriteFileError};
use trustpack_keystore::private_file::{self, PrivateMode};
use trustpack_keystore::public_file;

use crate::aside::Aside;
use crate::bundle::{Access, Bundle, BundleFile, Holds};

/// A bundle could not be written. Of a folder of its own nothing is left.
#[derive(Debug, thiserror::Error)]
pub enum WriteBundleError {
    /// There is something of this name.
    #[error("{} is there already; nothing is overwritten", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// A folder in which anybody may exchange what is written.
    #[error(
        "every account may write in {} and it has no sticky bit, so that anybody could put other files in the place of these; write elsewhere, or take that away (chmod o-w)",
        path.display()
    )]
    SharedFolder {
        /// The folder.
        path: PathBuf,
    },
    /// There is more in the folder than the bundle has, which would be gone.
    #[error("{} is not of the bundle that was made here; the folder is left as it is", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A file or folder.
    #[error("cannot write {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file in it.
    #[error(transparent)]
    New(#[from] NewFileError),
    /// A file that takes the place of another one.
    #[error(transparent)]
    Place(#[from] WriteFileError),
    /// What stands there cannot be read.
    #[error("cannot read {}, which would be replaced", path.display())]
    Standing {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: ReadFileError,
    },
    /// Nobody knows what would be lost.
    #[error("{} is there, and no certificate in it can be read; it was left as it is", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
    },
    /// The certificate that stands there is none that this one follows.
    #[error("{} is the certificate of another host: {subject}; it was left as it is", path.display())]
    OtherHost {
        /// The file.
        path: PathBuf,
        /// Its subject.
        subject: String,
    },
    /// A file reads back as something else than was written.
    #[error("{} does not read back as it was written; is the disk sound?", path.display())]
    ReadBack {
        /// The file.
        path: PathBuf,
    },
}

impl Bundle {
    /// Writes the bundle as the folder `folder`; files with keys get `mode`. Where one is replaced, whoever looks
    /// sees the old one or the new one whole; it is replaced only if the bundle has all the files that are in it.
    ///
    /// Gives the paths of its files.
    ///
    /// # Errors
    ///
    /// [`WriteBundleError`]; nothing is left then. What a killed writer left beside it, in `.trustpack-new`, goes.
    pub fn write(
        &self,
        folder: &Path,
        mode: PrivateMode,
        existing: Existing,
    ) -> Result<Vec<PathBuf>, WriteBundleError> {
        let place = Aside::make(folder)?;
        let aside = place.folder.clone();
        // Only now: another writer may have made it while we waited.
        let replaced = self.is_replaced(folder, existing)?;
        let written = self.fill(&aside, mode).and_then(|()| match replaced {
            true => exchange(&aside, folder),
            false => give_name(&aside, folder),
        });
        if let Err(error) = written {
            // What is told is why it failed; that removing failed too would hide that.
            drop(fs::remove_dir_all(&aside));
            return Err(error);
        }
        if replaced {
            // The old one, under the name of the new one.
            fs::remove_dir_all(&aside).map_err(|source| WriteBundleError::File {
                path: aside.clone(),
                source,
            })?;
        }
        let paths = self.files().iter().map(|file| folder.join(&file.name));
        Ok(paths.collect())
    }

    /// Whether a folder is there, which the new one may replace.
    fn is_replaced(&self, folder: &Path, existing: Existing) -> Result<bool, WriteBundleError> {
        match (folder.symlink_metadata().ok(), existing) {
            (None, _) => Ok(false),
            (Some(found), Existing::Replace) if found.is_dir() => {
                self.refuse_foreign(folder)?;
                Ok(true)
            }
            (Some(_), Existing::Refuse | Existing::Replace) => {
                let path = folder.to_path_buf();
                Err(WriteBundleError::Exists { path })
            }
        }
    }

    /// Somebody may keep files of his own beside ours, or may have named another folder so.
    fn refuse_foreign(&self, folder: &Path) -> Result<(), WriteBundleError> {
        let failed = |source| WriteBundleError::File {
            path: folder.to_path_buf(),
            source,
        };
        for entry in fs::read_dir(folder).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            if !self.files().iter().any(|file| *file.name == *name) {
                let path = folder.join(name);
                return Err(WriteBundleError::Foreign { path });
            }
        }
        Ok(())
    }

    fn fill(&self, folder: &Path, mode: PrivateMode) -> Result<(), WriteBundleError> {
        for file in self.files() {
            let path = folder.join(&file.name);
            match file.access {
                Access::Private => {
                    private_file::stage(&path, &file.contents, mode, OnDisk::Now)?;
                }
                Access::Public => {
                    public_file::stage(&path, OnDisk::Now, |out| out.write_all(&file.contents))?;
                }
            }
            if !reads_back(&path, file, self.password()) {
                return Err(WriteBundleError::ReadBack { path });
            }
        }
        placing::sync_folder(folder).map_err(|source| WriteBundleError::File {
            path: folder.to_path_buf(),
            source,
        })
    }
}

/// What is there by now stays.
fn give_name(aside: &Path, folder: &Path) -> Result<(), WriteBundleError> {
    let path = folder.to_path_buf();
    match placing::rename_new(aside, folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(WriteBundleError::Exists { path })
        }
        renamed => renamed
            .and_then(|()| placing::sync_folder(placing::folder_of(folder)))
            .map_err(|source| WriteBundleError::File { path, source }),
    }
}

/// Two folders change names. A file system that cannot do that in one step does it in three: for a moment there
/// is no `folder`, never half of one.
fn exchange(aside: &Path, folder: &Path) -> Result<(), WriteBundleError> {
    let exchanged = match renameat_with(CWD, aside, CWD, folder, RenameFlags::EXCHANGE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            let old = aside.with_extension("old");
            fs::rename(folder, &old)
                .and_then(|()| fs::rename(aside, folder))
                .and_then(|()| fs::rename(&old, aside))
        }
        exchanged => exchanged.map_err(io::Error::from),
    };
    exchanged
        .and_then(|()| placing::sync_folder(placing::folder_of(folder)))
        .map_err(|source| WriteBundleError::File {
            path: folder.to_path_buf(),
            source,
        })
}

/// Whether the file, opened anew, holds what it should.
pub(crate) fn reads_back(path: &Path, file: &BundleFile, password: &Password) -> bool {
    let read = limited_file::read(path, file.contents.len(), Accepted::RegularFiles);
    let Ok(octets) = read.map(|read| read.bytes) else {
        return false;
    };
    let contents = || contents::read(&octets, &Passwords::from(password.clone())).ok();
    match &file.holds {
        Holds::Text | Holds::Lines => *octets == *file.contents,
        Holds::Certificates(want) => {
            contents().is_some_and(|found| found.only_certificates().eq(want))
        }
        Holds::Key(want) => contents().is_some_and(|found| {
            let [key] = found.keys.as_slice() else {
                return false;
            };
            let fits = key.key.as_ref().is_ok_and(|key| match want.first() {
                Some(certificate) => key.matches(certificate),
                None => true,
            });
            fits && found.only_certificates().eq(want)
        }),
    }
}
