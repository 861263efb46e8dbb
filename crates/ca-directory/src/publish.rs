//! Putting a revocation list where others read it: in a folder that a web server shows.
//!
//! Invariant: a reader sees the old file or the new one, whole, and a list never takes the place of a
//! newer one.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use trustpack_x509::crl::RevocationList;
use trustpack_x509::crl::number::CrlNumber;
use trustpack_x509::time::Timestamp;

use crate::crl::list_file::{self, write_pem};
use crate::durable::{self, Doing, FileError};

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListForm {
    /// PEM.
    Pem,
    /// DER, which is what a distribution point gives (RFC 5280 section 4.2.1.13).
    Der,
}

/// What came of publishing a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// These files are new.
    Written(Vec<PathBuf>),
    /// The list was there already.
    Unchanged(Vec<PathBuf>),
}

/// A list was not published; what was there is still there.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Its time is over.
    #[error("the list should have been replaced on {since}; make a new one")]
    Expired {
        /// When.
        since: Timestamp,
    },
    /// A list with a higher number is there.
    #[error("{} has the number {found}; the list to be published has {number}, and numbers only rise", path.display())]
    Older {
        /// The file.
        path: PathBuf,
        /// Its number.
        found: String,
        /// The number of the other.
        number: String,
    },
    /// Another list with the same number is there.
    #[error("{} is another list with the number {number}", path.display())]
    SameNumber {
        /// The file.
        path: PathBuf,
        /// The number of both.
        number: String,
    },
    /// The list of another authority is there.
    #[error("{} is a list of {found}; this one is of {issuer}", path.display())]
    OtherIssuer {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        found: String,
        /// Whose list was to take its place.
        issuer: String,
    },
    /// Something else is there.
    #[error("{} is no list that can be read, and is left alone", path.display())]
    NoList {
        /// The file.
        path: PathBuf,
    },
    /// The folder is not there.
    #[error("{} is no folder", path.display())]
    NoFolder {
        /// Its path.
        path: PathBuf,
    },
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
}

impl ListForm {
    /// The end of the file name, as RFC 2585 section 3 has it for DER.
    fn extension(self) -> &'static str {
        match self {
            Self::Pem => "pem",
            Self::Der => "crl",
        }
    }
}

/// Publishes a list in `folder`, as `NAME.pem` and `NAME.crl`, which everybody may read. `now` is the
/// present time.
///
/// # Errors
///
/// [`PublishError`] when the list is out of date, or a newer one or something else stands there.
pub fn publish(
    list: &RevocationList,
    folder: &Path,
    name: &str,
    now: Timestamp,
) -> Result<Published, PublishError> {
    if let Some(since) = list.next_update().filter(|&end| end < now) {
        return Err(PublishError::Expired { since });
    }
    if !folder.is_dir() {
        let path = folder.to_path_buf();
        return Err(PublishError::NoFolder { path });
    }
    let places = [ListForm::Der, ListForm::Pem]
        .map(|form| (form, folder.join(format!("{name}.{}", form.extension()))));
    let mut unchanged = true;
    for (_, path) in &places {
        unchanged &= compare(list, path)? == Comparison::Same;
    }
    let paths = places.iter().map(|(_, path)| path.clone()).collect();
    if unchanged {
        return Ok(Published::Unchanged(paths));
    }
    for (form, path) in &places {
        write(list, path, *form)?;
    }
    Ok(Published::Written(paths))
}

/// Writes a list into a file that everybody may read, in the place of what is there.
///
/// # Errors
///
/// [`FileError`] when it cannot be written; then what was there is still there.
pub fn write(list: &RevocationList, path: &Path, form: ListForm) -> Result<(), FileError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = durable::folder_of(path).join(format!(".{name}.new"));
    durable::remove_if_there(&aside)?;
    durable::create_public_with(&aside, |file| match form {
        ListForm::Pem => write_pem(list, file),
        ListForm::Der => std::io::Write::write_all(file, list.der()),
    })?;
    // Whatever the mask of the caller is: a list is there to be read.
    fs::set_permissions(&aside, fs::Permissions::from_mode(0o644))
        .map_err(|error| FileError::new(Doing::Write, &aside, error))?;
    fs::rename(&aside, path).map_err(|error| FileError::new(Doing::Rename, path, error))?;
    durable::sync_folder_of(path)
}

#[derive(PartialEq, Eq)]
enum Comparison {
    /// Nothing is there, or an older list.
    Older,
    /// The very list is there.
    Same,
}

fn compare(list: &RevocationList, path: &Path) -> Result<Comparison, PublishError> {
    let path_buf = || path.to_path_buf();
    let found = match list_file::read(path)? {
        None => return Ok(Comparison::Older),
        Some(Ok(found)) => found,
        Some(Err(_)) => return Err(PublishError::NoList { path: path_buf() }),
    };
    if found.issuer() != list.issuer() {
        return Err(PublishError::OtherIssuer {
            path: path_buf(),
            found: found.issuer().to_string(),
            issuer: list.issuer().to_string(),
        });
    }
    if found == *list {
        return Ok(Comparison::Same);
    }
    // Lists of version 1 have no numbers.
    let order = (found.number(), found.this_update()).cmp(&(list.number(), list.this_update()));
    let shown =
        |number: Option<&CrlNumber>| number.map_or_else(|| "none".to_owned(), CrlNumber::to_string);
    match order {
        std::cmp::Ordering::Less if found.number() != list.number() => Ok(Comparison::Older),
        std::cmp::Ordering::Less if list.number().is_none() => Ok(Comparison::Older),
        std::cmp::Ordering::Greater if found.number() != list.number() => {
            Err(PublishError::Older {
                path: path_buf(),
                found: shown(found.number()),
                number: shown(list.number()),
            })
        }
        std::cmp::Ordering::Less | std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => {
            Err(PublishError::SameNumber {
                path: path_buf(),
                number: shown(list.number()),
            })
        }
    }
}
