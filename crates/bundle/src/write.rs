//! A bundle goes into a folder of its own, and is opened again.
//!
//! Invariant: the folder has its name only when every file in it was read and holds what it should; so
//! whoever sees the folder sees all of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use trustpack_keystore::contents;
use trustpack_keystore::password::{Password, Passwords};
use trustpack_keystore::private_file::{self, CreatePrivateFileError, PrivateMode};

use zeroize::Zeroizing;

use crate::aside::Aside;
use crate::bundle::{Access, Bundle, BundleFile, Holds};

/// A bundle could not be written; nothing of it is left.
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
    /// A file or folder.
    #[error("cannot write {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file with a key.
    #[error(transparent)]
    Private(#[from] CreatePrivateFileError),
    /// A file reads back as something else than was written.
    #[error("{} does not read back as it was written; is the disk sound?", path.display())]
    ReadBack {
        /// The file.
        path: PathBuf,
    },
}

impl Bundle {
    /// Writes the bundle as the new folder `folder`; files with keys get `mode`.
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
    ) -> Result<Vec<PathBuf>, WriteBundleError> {
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |source| WriteBundleError::File { path, source }
        };
        if folder.symlink_metadata().is_ok() {
            return Err(WriteBundleError::Exists {
                path: folder.to_path_buf(),
            });
        }
        let place = Aside::make(folder)?;
        let aside = place.folder.clone();
        let written = self.fill(&aside, mode).and_then(|()| {
            // A folder with files in it is not replaced by this.
            fs::rename(&aside, folder).map_err(failed(folder))?;
            sync_folder(folder.parent().unwrap_or_else(|| Path::new("."))).map_err(failed(folder))
        });
        if let Err(error) = written {
            // What is told is why it failed; that removing failed too would hide that.
            drop(fs::remove_dir_all(&aside));
            return Err(error);
        }
        let paths = self.files().iter().map(|file| folder.join(&file.name));
        Ok(paths.collect())
    }

    fn fill(&self, folder: &Path, mode: PrivateMode) -> Result<(), WriteBundleError> {
        for file in self.files() {
            let path = folder.join(&file.name);
            match file.access {
                Access::Private => private_file::create(&path, &file.contents, mode)?,
                Access::Public => create_public(&path, &file.contents).map_err(|source| {
                    WriteBundleError::File {
                        path: path.clone(),
                        source,
                    }
                })?,
            }
            if !reads_back(&path, file, self.password()) {
                return Err(WriteBundleError::ReadBack { path });
            }
        }
        sync_folder(folder).map_err(|source| WriteBundleError::File {
            path: folder.to_path_buf(),
            source,
        })
    }
}

fn create_public(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o644)
        .open(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    File::open(folder)?.sync_all()
}

/// Whether the file, opened anew, holds what it should.
fn reads_back(path: &Path, file: &BundleFile, password: &Password) -> bool {
    let Ok(octets) = fs::read(path).map(Zeroizing::new) else {
        return false;
    };
    let contents = || contents::read(&octets, &Passwords::from(password.clone())).ok();
    match &file.holds {
        Holds::Text => *octets == *file.contents,
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
