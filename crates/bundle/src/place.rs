//! The files of a bundle go into a folder that others may have files in too, each in the place of the one before.
//!
//! Not a folder of its own, which is replaced whole; that is [`write`](mod@crate::write). Invariant: nothing is
//! written before it is known whose certificate stands there, and the certificate comes last: whoever reads the files
//! again when it changes finds the key that fits.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use trustpack_keystore::contents;
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::password::Passwords;
use trustpack_keystore::placing::Existing;
use trustpack_keystore::private_file::{self, PrivateMode};
use trustpack_keystore::public_file::{self, PublicMode};
use trustpack_keystore::writers_lock::WritersLock;
use trustpack_x509::certificate::Certificate;

use crate::aside::refuse_shared;
use crate::bundle::{Access, Bundle, BundleFile, Holds};
use crate::write::{WriteBundleError, reads_back};

/// Octets of a file that is to be replaced: far above those that we write.
const MAX_FILE: usize = 1024 * 1024;

/// One file of a bundle, as it stands in the folder now.
#[derive(Debug)]
pub struct Placed {
    /// The file.
    pub path: PathBuf,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a file.
#[derive(Debug)]
pub enum Outcome {
    /// It was not there before.
    New,
    /// It took the place of another one.
    Replaced(Before),
    /// It held what it should already, and was not touched.
    Unchanged,
    /// There was one, which its owner may have changed: lines of configuration.
    Kept,
}

/// What is gone with a file that was replaced.
#[derive(Debug, Default)]
pub struct Before {
    /// The certificate of the host that it had.
    pub host: Option<Certificate>,
    /// Authorities that were trusted, and are not any more.
    pub lost: Vec<Certificate>,
}

impl Bundle {
    /// Puts the files into `folder`, which is made if it is not there; files with keys get `mode`. What stands there and
    /// holds the same is not touched. The host certificate is replaced only by one for which `is_successor` says so
    /// of the certificate that stands there.
    ///
    /// Gives the files in the order of the bundle.
    ///
    /// # Errors
    ///
    /// [`WriteBundleError`]; where one of several files cannot be written, those before it are the new ones already.
    pub fn place(
        &self,
        folder: &Path,
        mode: PrivateMode,
        is_successor: impl Fn(&Certificate) -> bool,
    ) -> Result<Vec<Placed>, WriteBundleError> {
        let failed = |path: &Path, source| WriteBundleError::File {
            path: path.to_path_buf(),
            source,
        };
        match DirBuilder::new().mode(0o755).create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(failed(folder, error));
            }
            Ok(()) | Err(_) => {}
        }
        refuse_shared(folder)?;
        // Of two that come at once the files would be mixed.
        let _lock = WritersLock::take(folder).map_err(|error| failed(folder, error))?;
        let mut found = Vec::new();
        for file in self.files() {
            found.push(self.standing(folder, file, &is_successor)?);
        }
        let mut placed = Vec::new();
        for (file, standing) in self.files().iter().zip(found).rev() {
            placed.push(self.put(folder, file, standing, mode)?);
        }
        placed.reverse();
        Ok(placed)
    }

    /// What is in the place of a file now.
    fn standing(
        &self,
        folder: &Path,
        file: &BundleFile,
        is_successor: &impl Fn(&Certificate) -> bool,
    ) -> Result<Standing, WriteBundleError> {
        let path = folder.join(&file.name);
        if path.symlink_metadata().is_err() {
            return Ok(Standing::Nothing);
        }
        let octets =
            limited_file::read(&path, MAX_FILE, Accepted::RegularFiles).map_err(|source| {
                WriteBundleError::Standing {
                    path: path.clone(),
                    source,
                }
            })?;
        let passwords = Passwords::from(self.password().clone());
        let read = contents::read(&octets.bytes, &passwords).ok();
        let certificates: Vec<Certificate> = match &read {
            Some(contents) => contents.only_certificates().cloned().collect(),
            None => Vec::new(),
        };
        let mut before = Before::default();
        if self.is_of_host(file) {
            let Some(there) = certificates.first() else {
                return Err(WriteBundleError::Unknown { path });
            };
            if !is_successor(there) {
                let subject = there.subject().to_string();
                return Err(WriteBundleError::OtherHost { path, subject });
            }
            before.host = Some(there.clone());
        } else if let Holds::Certificates(trusted) = &file.holds {
            before.lost = certificates;
            before.lost.retain(|one| !trusted.contains(one));
        }
        let same = match &file.holds {
            // Which key, if there is no certificate to ask, is decided by its octets alone.
            Holds::Text | Holds::Lines => *octets.bytes == *file.contents,
            Holds::Key(chain) if chain.is_empty() => *octets.bytes == *file.contents,
            Holds::Key(_) | Holds::Certificates(_) => reads_back(&path, file, self.password()),
        };
        Ok(match (&file.holds, same) {
            (Holds::Lines, _) => Standing::Lines,
            (Holds::Text | Holds::Certificates(_) | Holds::Key(_), true) => Standing::Same,
            (Holds::Text | Holds::Certificates(_) | Holds::Key(_), false) => {
                Standing::Other(before)
            }
        })
    }

    /// Whether the certificate of the host is in a file.
    fn is_of_host(&self, file: &BundleFile) -> bool {
        match &file.holds {
            Holds::Text | Holds::Lines => false,
            Holds::Certificates(chain) | Holds::Key(chain) => chain.first() == Some(self.host()),
        }
    }

    fn put(
        &self,
        folder: &Path,
        file: &BundleFile,
        standing: Standing,
        mode: PrivateMode,
    ) -> Result<Placed, WriteBundleError> {
        let path = folder.join(&file.name);
        let outcome = match standing {
            Standing::Lines => Outcome::Kept,
            Standing::Same if file.access == Access::Public || has_mode(&path, mode) => {
                Outcome::Unchanged
            }
            Standing::Same => Outcome::Replaced(Before::default()),
            Standing::Other(before) => Outcome::Replaced(before),
            Standing::Nothing => Outcome::New,
        };
        if matches!(outcome, Outcome::New | Outcome::Replaced(_)) {
            match file.access {
                Access::Private => private_file::replace(&path, &file.contents, mode)?,
                Access::Public => public_file::write(
                    &path,
                    &file.contents,
                    PublicMode::Everybody0644,
                    Existing::Replace,
                )?,
            };
            if !reads_back(&path, file, self.password()) {
                return Err(WriteBundleError::ReadBack { path });
            }
        }
        Ok(Placed { path, outcome })
    }
}

/// What is in the place of a file.
enum Standing {
    Nothing,
    /// A file that holds the same.
    Same,
    /// Another one.
    Other(Before),
    /// Lines of configuration, whatever they are now.
    Lines,
}

fn has_mode(path: &Path, mode: PrivateMode) -> bool {
    let Ok(found) = fs::metadata(path) else {
        return false;
    };
    let bits = found.mode() & 0o777;
    match mode {
        PrivateMode::Owner0600 => bits == 0o600,
        PrivateMode::ReadOnly0400 => bits == 0o400,
        PrivateMode::Group0640(gid) => bits == 0o640 && found.gid() == gid,
        PrivateMode::Account0600(uid, gid) => {
            bits == 0o600 && (found.uid(), found.gid()) == (uid, gid)
        }
        PrivateMode::Account0640(uid, gid) => {
            bits == 0o640 && (found.uid(), found.gid()) == (uid, gid)
        }
    }
}
