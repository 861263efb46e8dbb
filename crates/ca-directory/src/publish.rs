//! Putting a revocation list where others read it: in a folder that a web server shows.
//!
//! Invariant: a reader of a file sees the old list or the new one, whole, and a list never takes the place
//! of a newer one, also where several are published at once.

use std::path::{Path, PathBuf};

use trustpack_keystore::placing::{Existing, WriteFileError};
use trustpack_keystore::public_file::{self, PublicMode};
use trustpack_keystore::writers_lock::WritersLock;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::crl::number::CrlNumber;
use trustpack_x509::time::Timestamp;

use crate::crl::list_file::{self, write_pem};
use crate::durable::{Doing, FileError};

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

/// A list was not published.
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
    /// A file cannot be read, or the folder not be locked.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteFileError),
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

/// A folder that a web server shows, in which nobody else publishes meanwhile.
#[derive(Debug)]
pub struct ShownFolder {
    path: PathBuf,
    _lock: WritersLock,
}

impl ShownFolder {
    /// Takes a folder. While another command publishes there, this waits, and says so to `waiting` first.
    ///
    /// # Errors
    ///
    /// [`PublishError`] when it is no folder, or cannot be locked.
    pub fn take(path: &Path, waiting: impl FnOnce()) -> Result<Self, PublishError> {
        let path = path.to_path_buf();
        if !path.is_dir() {
            return Err(PublishError::NoFolder { path });
        }
        let lock = WritersLock::take_telling(&path, waiting)
            .map_err(|error| FileError::new(Doing::Lock, &path, error))?;
        Ok(Self { path, _lock: lock })
    }

    /// Publishes a list as `NAME.crl` and then `NAME.pem`, which everybody may read. `now` is the present
    /// time.
    ///
    /// The two change one after the other: for a moment, or where this is killed, one is the new list and
    /// the other still the old one. Publishing again makes them equal.
    ///
    /// # Errors
    ///
    /// [`PublishError`] when the list is out of date, or a newer one or something else stands there: then
    /// nothing has changed. When a file cannot be written, it is as it was.
    pub fn publish(
        &self,
        list: &RevocationList,
        name: &str,
        now: Timestamp,
    ) -> Result<Published, PublishError> {
        if let Some(since) = list.next_update().filter(|&end| end < now) {
            return Err(PublishError::Expired { since });
        }
        let places = [ListForm::Der, ListForm::Pem]
            .map(|form| (form, self.path.join(format!("{name}.{}", form.extension()))));
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
}

/// Writes a list into a file that everybody may read, whatever the umask is, in the place of what is
/// there.
///
/// # Errors
///
/// [`WriteFileError`] when it cannot be written; then what was there is still there.
pub fn write(list: &RevocationList, path: &Path, form: ListForm) -> Result<(), WriteFileError> {
    let mode = PublicMode::Everybody0644;
    public_file::write_with(path, mode, Existing::Replace, |mut out| match form {
        ListForm::Pem => write_pem(list, &mut out),
        ListForm::Der => out.write_all(list.der()),
    })
    .map(drop)
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread;
    use std::time::Duration;

    use trustpack_x509::algorithm::SignatureAlgorithm;
    use trustpack_x509::crl::build::{CrlToBeSigned, join};
    use trustpack_x509::name::build::NameBuilder;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_unix(1_800_000_000)
    }

    fn list(number: u64) -> RevocationList {
        let algorithm = SignatureAlgorithm::Ed25519;
        let issuer = NameBuilder::default().common_name("CA").unwrap();
        let tbs = CrlToBeSigned {
            issuer: issuer.build().unwrap(),
            signature_algorithm: algorithm.clone(),
            this_update: now().saturating_add(Duration::from_secs(number)),
            next_update: now().saturating_add(Duration::from_secs(1000)),
            number: CrlNumber::from_u64(number),
            authority_key_id: None,
        };
        let tbs = tbs.to_der([]).unwrap();
        RevocationList::from_der(join(tbs, &algorithm, &[0; 64]).unwrap()).unwrap()
    }

    fn publish(folder: &Path, list: &RevocationList) -> Result<Published, PublishError> {
        ShownFolder::take(folder, || {})?.publish(list, "crl", now())
    }

    #[track_caller]
    fn check_both_are(folder: &Path, want: &RevocationList) {
        for name in ["crl.crl", "crl.pem"] {
            let found = list_file::read(&folder.join(name)).unwrap();
            assert_eq!(found.unwrap().as_ref(), Ok(want), "{name}");
        }
        let entries = fs::read_dir(folder).unwrap();
        assert_eq!(entries.count(), 2, "nothing is left beside");
    }

    #[test]
    fn of_two_at_once_the_newer_list_stays() {
        let (old, new) = (list(1), list(2));
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let place = folder.path();
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| publish(place, &new).unwrap());
                    scope.spawn(|| match publish(place, &old) {
                        Ok(_) | Err(PublishError::Older { .. }) => {}
                        Err(other) => panic!("{other}"),
                    });
                }
            });
            check_both_are(place, &new);
        }
    }

    #[test]
    fn one_that_was_interrupted_is_made_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (list(1), list(2));
        publish(folder.path(), &old).unwrap();
        write(&new, &folder.path().join("crl.crl"), ListForm::Der).unwrap();
        let older = publish(folder.path(), &old);
        assert!(matches!(older, Err(PublishError::Older { .. })));
        publish(folder.path(), &new).unwrap();
        check_both_are(folder.path(), &new);
    }
}
