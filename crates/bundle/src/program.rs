//! The program in a folder of a host: itself, its other names, the shared library, and what a bug report needs.
//!
//! Not packages, which the system's package manager installs. Invariant: of what it puts in place there is at every
//! moment what was there before or the whole new file; where a step fails, what was there is back.

use std::fs;
use std::io::{self, BufRead as _, Read as _};
use std::path::{Path, PathBuf};

use trustpack_keystore::limited_file;
use trustpack_keystore::placing::{self, WriteFileError};
use trustpack_keystore::public_file::PublicMode;
use trustpack_keystore::writers_lock::WritersLock;

use self::staged::Staged;
use crate::safe_place::SafePlace;

mod staged;

/// The program, by its own name.
pub const PROGRAM: &str = "trustpack";
/// The shared library, by the name that programs ask for.
pub const LIBRARY: &str = "libtrustpack.so.1";
/// Names under which the program is the documented scripts: spec 1.2.
pub const LINKS: [&str; 3] = ["convert_priv_key.sh", "create_ca.sh", "create_cert.sh"];
/// What the name of the file for bug reports begins with; the version follows.
const README: &str = "README.";
/// What that file begins with.
pub const README_TITLE: &str = "Trustpack ";

/// What is installed.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The program.
    pub program: &'a Path,
    /// The shared library, where there is one.
    pub library: Option<&'a Path>,
    /// The version of both.
    pub version: &'a str,
    /// What a bug report needs; begins with [`README_TITLE`].
    pub readme: &'a str,
}

/// To whom the files belong then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileOwner {
    /// Number of the account.
    pub uid: u32,
    /// Number of the group.
    pub gid: u32,
}

/// One thing that was put in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InPlace {
    /// Where.
    pub path: PathBuf,
    /// Whether something was there before.
    pub replaced: bool,
}

/// What came of an installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placed {
    /// What was put in place.
    pub files: Vec<InPlace>,
    /// The versions that were there before, where they are others.
    pub before: Vec<String>,
}

/// The program was not installed; what was there is as it was.
#[derive(Debug, thiserror::Error)]
pub enum InstallProgramError {
    /// A part cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The part.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something that is not ours has the name of a link.
    #[error("{} is there already and is no link to trustpack; it was left as it is", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// A folder or the like has the name of a file.
    #[error("{} is no regular file; it was left as it is", path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
    },
    /// A new file could not be written.
    #[error(transparent)]
    Write(#[from] WriteFileError),
    /// A step failed.
    #[error("cannot put {} in place", path.display())]
    Place {
        /// What was to be put there.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The parts in the folder that they are for, under hidden names, with their owner and permissions: to be tried before
/// anything takes the place of what is there. They go with this value if they are not put in place.
#[derive(Debug)]
pub struct Prepared<'a> {
    staged: Staged<'a>,
    folder: &'a Path,
    readme: String,
    program: PathBuf,
    library: Option<PathBuf>,
    /// Of two that come at once the parts would be mixed.
    _lock: WritersLock,
}

/// Copies the parts into a folder, beside an older version.
///
/// # Errors
///
/// [`InstallProgramError`]; nothing has changed then.
pub fn prepare<'a>(
    place: &'a SafePlace,
    parts: &Parts<'_>,
    owner: FileOwner,
) -> Result<Prepared<'a>, InstallProgramError> {
    let folder = place.path();
    let failed = failed_in(folder);
    let lock = WritersLock::take(folder).map_err(&failed)?;
    let readme = format!("{README}{}", parts.version);
    refuse_others(folder, &readme)?;
    remove_unfinished(folder).map_err(failed)?;
    let mut staged = Staged::new(folder);
    let FileOwner { uid, gid } = owner;
    let mode = PublicMode::Account0644(uid, gid);
    let library = parts
        .library
        .map(|library| staged.copy(LIBRARY, library, mode))
        .transpose()?;
    staged.text(&readme, parts.readme, mode)?;
    let program = staged.copy(PROGRAM, parts.program, PublicMode::Program0755(uid, gid))?;
    for link in LINKS {
        staged.link(link)?;
    }
    Ok(Prepared {
        staged,
        folder,
        readme,
        program,
        library,
        _lock: lock,
    })
}

impl Prepared<'_> {
    /// The program, under its hidden name.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The library, under its hidden name, where there is one.
    #[must_use]
    pub fn library(&self) -> Option<&Path> {
        self.library.as_deref()
    }

    /// Gives the parts their names, in the place of an older version.
    ///
    /// The file for bug reports of another version goes.
    ///
    /// # Errors
    ///
    /// [`InstallProgramError`]; nothing has changed then.
    pub fn put_in_place(self) -> Result<Placed, InstallProgramError> {
        let failed = failed_in(self.folder);
        let files = self.staged.swap()?;
        let before = remove_other_readmes(self.folder, &self.readme).map_err(&failed)?;
        placing::sync_folder(self.folder).map_err(failed)?;
        Ok(Placed { files, before })
    }
}

fn failed_in(folder: &Path) -> impl Fn(io::Error) -> InstallProgramError {
    |source| InstallProgramError::Place {
        path: folder.to_owned(),
        source,
    }
}

/// Whether something in the folder would be lost.
fn refuse_others(folder: &Path, readme: &str) -> Result<(), InstallProgramError> {
    for name in [PROGRAM, LIBRARY, readme] {
        let path = folder.join(name);
        match path.symlink_metadata() {
            Ok(found) if !found.is_file() && !found.is_symlink() => {
                return Err(InstallProgramError::NoFile { path });
            }
            Ok(_) | Err(_) => {}
        }
    }
    for name in LINKS {
        let path = folder.join(name);
        // Its end is enough: whoever made it by hand may have named the folder.
        let leads_here = |to: &PathBuf| to.file_name().is_some_and(|name| name == PROGRAM);
        if path.symlink_metadata().is_ok() && !fs::read_link(&path).is_ok_and(|to| leads_here(&to))
        {
            return Err(InstallProgramError::NotOurs { path });
        }
    }
    Ok(())
}

/// What a killed installation left under hidden names, which nobody else has.
fn remove_unfinished(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(is_unfinished);
        if ours && !entry.file_type()?.is_dir() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether it is the hidden name of one of our files, or the hidden name of a hidden name: what is written to one of
/// those has another one meanwhile.
fn is_unfinished(name: &str) -> bool {
    let mut shown = name;
    while placing::is_beside(shown) {
        let Some((before, _)) = shown
            .strip_prefix('.')
            .and_then(|rest| rest.rsplit_once('.'))
        else {
            break;
        };
        shown = before;
    }
    let ours = shown == PROGRAM || shown == LIBRARY || LINKS.contains(&shown);
    shown != name && (ours || is_readme(shown))
}

/// Whether it is the name of the file for bug reports of some version.
fn is_readme(name: &str) -> bool {
    let version = name.strip_prefix(README).unwrap_or_default();
    let of_version = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    version.starts_with(|c: char| c.is_ascii_digit()) && version.chars().all(of_version)
}

/// Octets of the first two lines that are looked at.
const MAX_FIRST_LINES: u64 = 1000;
/// What the second line of a file for bug reports begins with.
const SECOND_LINE: &str = "Program ";

/// Gives the versions that they were of.
fn remove_other_readmes(folder: &Path, readme: &str) -> io::Result<Vec<String>> {
    let mut versions = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_another = |name: &str| is_readme(name) && name != readme;
        if !name.to_str().is_some_and(is_another) || !entry.file_type()?.is_file() {
            continue;
        }
        let (mut first, mut second) = (String::new(), String::new());
        let file = limited_file::open_regular(&entry.path())?;
        let mut file = io::BufReader::new(file.take(MAX_FIRST_LINES));
        let read = file
            .read_line(&mut first)
            .and_then(|_| file.read_line(&mut second));
        if read.is_ok() && first.starts_with(README_TITLE) && second.starts_with(SECOND_LINE) {
            fs::remove_file(entry.path())?;
            let version = name.to_str().and_then(|name| name.strip_prefix(README));
            versions.extend(version.map(str::to_owned));
        }
    }
    versions.sort_unstable();
    Ok(versions)
}

#[cfg(test)]
mod tests;
