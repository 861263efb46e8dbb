//! New files under hidden names, which then get the names of the old ones, all of them or none.
//!
//! Not which files. Invariant: whatever happens, no hidden file of a [`Staged`] is left when it is gone.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use trustpack_keystore::limited_file;
use trustpack_keystore::placing::{self, Existing};
use trustpack_keystore::public_file::{self, PublicMode};

use super::{InPlace, InstallProgramError, PROGRAM};

/// New files under hidden names, which go with this value.
#[derive(Debug)]
pub(super) struct Staged<'a> {
    folder: &'a Path,
    /// The hidden path and the name that it is to have.
    files: Vec<(PathBuf, PathBuf)>,
}

impl<'a> Staged<'a> {
    pub(super) fn new(folder: &'a Path) -> Self {
        Self {
            folder,
            files: Vec::new(),
        }
    }

    /// The hidden path for a name; what will be there is removed with this value.
    fn beside(&mut self, name: &str) -> Result<PathBuf, InstallProgramError> {
        let target = self.folder.join(name);
        let beside = placing::beside(&target)?;
        self.files.push((beside.clone(), target));
        Ok(beside)
    }

    /// Gives the hidden path.
    pub(super) fn copy(
        &mut self,
        name: &str,
        from: &Path,
        mode: PublicMode,
    ) -> Result<PathBuf, InstallProgramError> {
        let failed = |source| InstallProgramError::Read {
            path: from.to_owned(),
            source,
        };
        let mut from = limited_file::open_regular(from)
            .map_err(io::Error::from)
            .map_err(failed)?;
        let beside = self.beside(name)?;
        public_file::write_with(&beside, mode, Existing::Refuse, |mut out| {
            io::copy(&mut from, &mut out).map(drop)
        })?;
        Ok(beside)
    }

    pub(super) fn text(
        &mut self,
        name: &str,
        text: &str,
        mode: PublicMode,
    ) -> Result<(), InstallProgramError> {
        let beside = self.beside(name)?;
        public_file::write(&beside, text.as_bytes(), mode, Existing::Refuse)?;
        Ok(())
    }

    pub(super) fn link(&mut self, name: &str) -> Result<(), InstallProgramError> {
        let path = self.beside(name)?;
        symlink(PROGRAM, &path).map_err(|source| InstallProgramError::Place { path, source })
    }

    /// Gives every file its name. Where one fails, those before it get back what they had.
    pub(super) fn swap(&self) -> Result<Vec<InPlace>, InstallProgramError> {
        let mut placed: Vec<InPlace> = Vec::new();
        for (beside, target) in &self.files {
            match swap_in(beside, target) {
                Ok(replaced) => placed.push(InPlace {
                    path: target.clone(),
                    replaced,
                }),
                Err(source) => {
                    for (done, (beside, target)) in placed.iter().zip(&self.files) {
                        // What is told is the first failure.
                        drop(match done.replaced {
                            true => fs::rename(beside, target),
                            false => fs::remove_file(target),
                        });
                    }
                    let path = target.clone();
                    return Err(InstallProgramError::Place { path, source });
                }
            }
        }
        Ok(placed)
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        // New ones that got no name, or what had the name before.
        for (beside, _) in &self.files {
            drop(fs::remove_file(beside));
        }
    }
}

/// The new file gets the name, and the old one that of the new one; says whether there was an old one.
fn swap_in(beside: &Path, target: &Path) -> io::Result<bool> {
    match renameat_with(CWD, beside, CWD, target, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::NOENT) => placing::rename_new(beside, target).map(|()| false),
        // The file system cannot: the old one is kept by a second name, in two steps.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            let old = beside.with_extension("old");
            let there = fs::rename(target, &old).is_ok();
            fs::rename(beside, target)?;
            if there {
                fs::rename(&old, beside)?;
            }
            Ok(there)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_fails_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("old"), "old").unwrap();
        fs::write(at("one"), "new").unwrap();
        fs::write(at("two"), "new").unwrap();
        let mut staged = Staged::new(folder.path());
        staged.files = vec![
            (at("one"), at("old")),
            (at("two"), at("fresh")),
            (at("missing"), at("never")),
        ];
        assert!(staged.swap().is_err());
        drop(staged);
        assert_eq!(fs::read(at("old")).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
