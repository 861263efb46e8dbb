//! The files of a host in a folder, put in place all at once, with those before kept.
//!
//! Long because a set of files goes through one sequence of steps, which is what has to be read together.
//!
//! In the folder each name is a link to `.installed/current/NAME`, and `current` is a link to a numbered folder: one
//! rename of that link changes every file. `previous` leads to what was there before. Not who may read them; that is
//! [`check`](crate::host::check). Invariant: whoever opens the files sees those of one generation, and what
//! `current` and `previous` lead to is never changed.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use trustpack_keystore::contents;
use trustpack_keystore::limited_file::{self, Accepted, ReadFileError};
use trustpack_keystore::password::Passwords;
use trustpack_keystore::placing::{self, WriteFileError};
use trustpack_keystore::private_file::{self, PrivateMode};
use trustpack_keystore::public_file::{self, PublicMode};
use trustpack_keystore::writers_lock::WritersLock;
use trustpack_x509::certificate::Certificate;

use crate::bundle::Access;
use crate::host::lists::{self, OlderLists};
use crate::host::received::{MAX_FILE, Received, ReceivedFile, ReceivedKind};
use crate::program::FileOwner;
use crate::safe_place::SafePlace;

mod back;
mod known;
mod pairs;

pub use self::back::{WentBack, go_back};
use self::known::Known;
pub(crate) use self::known::obstacles;

/// The folder of the generations, in the folder of the files.
pub(crate) const INSTALLED: &str = ".installed";
/// The link to the one that counts.
pub(crate) const CURRENT: &str = "current";
/// The link to the one before.
const PREVIOUS: &str = "previous";

/// Who reads the files with keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyReaders {
    /// The owner.
    Owner,
    /// The owner and the group.
    OwnerAndGroup,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was not there.
    New,
    /// It took the place of another one, which is kept.
    Replaced,
    /// It held the same, for the same readers.
    Unchanged,
    /// Lines of configuration that are there already.
    Kept,
    /// It was not there before, and is not any more.
    Removed,
}

/// One file, as it is in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Its path.
    pub path: PathBuf,
    /// What became of it.
    pub outcome: Outcome,
}

/// A bundle was not put in place; everything is as it was.
#[derive(Debug, thiserror::Error)]
pub enum InstallBundleError {
    /// There is something else than a file.
    #[error("{} is no file that this command put there, and no regular file; it was left as it is", path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
    },
    /// What stands there cannot be read.
    #[error("cannot read {}, which would be replaced", path.display())]
    Standing {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ReadFileError,
    },
    /// It is the certificate of another host.
    #[error("{} is the certificate of another host: {subject}; it was left as it is", path.display())]
    OtherHost {
        /// The file.
        path: PathBuf,
        /// Its subject.
        subject: String,
    },
    /// It is an older revocation list.
    #[error("{} has the number {before} of the revocation list of {issuer}, and {number} is older; it was left as it is", path.display())]
    OlderList {
        /// The file.
        path: PathBuf,
        /// Who issued both.
        issuer: String,
        /// The number of the new one.
        number: String,
        /// The number of the one that is there.
        before: String,
    },
    /// A certificate would stand beside the key of another one.
    #[error("{} and {} would not belong together; they were left as they are", certificate.display(), key.display())]
    NoPair {
        /// The file with the certificate.
        certificate: PathBuf,
        /// The file with the key.
        key: PathBuf,
    },
    /// Somebody else has made the folder of the generations.
    #[error("{} is not of root or of who runs this, or everybody may write in it", path.display())]
    ForeignFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A link that says which generation counts, or counted before, does not say it.
    #[error("{} is no link to one of the numbered folders beside it ({there}); everything was left as it is", link.display())]
    Unknown {
        /// The link.
        link: PathBuf,
        /// The numbers of the generations that are there.
        there: String,
    },
    /// There is nothing to go back to.
    #[error("there is nothing before what is installed in {}", path.display())]
    NothingBefore {
        /// The folder.
        path: PathBuf,
    },
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WriteFileError),
    /// A step failed.
    #[error("cannot change {}", path.display())]
    File {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// How the files are put in place.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// To whom they belong.
    pub owner: FileOwner,
    /// Who reads those with keys.
    pub key_readers: KeyReaders,
    /// What is done with revocation lists that are older than those that are there.
    pub older_lists: OlderLists,
}

/// Puts the files of a bundle into a folder, all at once. A host certificate takes the place only of one for which
/// `is_successor` says so of the certificate that is there and the new one.
///
/// # Errors
///
/// [`InstallBundleError`]; everything is as it was then, but that files that were there may be links to
/// themselves.
pub fn install(
    place: &SafePlace,
    received: &Received,
    manner: Manner,
    is_successor: impl Fn(&Certificate, &Certificate) -> bool,
) -> Result<Vec<Installed>, InstallBundleError> {
    let site = Site::open(place.path())?;
    let mut plans = Vec::new();
    for file in &received.files {
        plans.push((file, site.plan(file, manner, &is_successor)?));
    }
    site.are_pairs(received)?;
    let changes = |plan: &Plan| matches!(plan, Plan::New | Plan::Replace | Plan::Adopt);
    if plans.iter().any(|(_, plan)| changes(plan)) {
        let adopted = plans.iter().filter(|(_, plan)| *plan == Plan::Adopt);
        site.adopt(adopted.map(|(file, _)| &*file.name))?;
        let new = plans.iter().filter(|(_, plan)| changes(plan));
        let new: Vec<&ReceivedFile> = new.map(|(file, _)| *file).collect();
        let next = site.write_next(&new, manner)?;
        for file in &new {
            site.link(&file.name)?;
        }
        // A new list takes nobody the way back to the certificate before: lists come often.
        let only_lists = new.iter().all(|file| lists::of(&file.contents).is_some());
        let previous = match only_lists {
            true => Previous::Stays,
            false => Previous::IsNow,
        };
        site.switch_to(next, previous)?;
    }
    site.tidy();
    let installed = plans.into_iter().map(|(file, plan)| Installed {
        path: site.folder.join(&file.name),
        outcome: match plan {
            Plan::New => Outcome::New,
            Plan::Replace | Plan::Adopt => Outcome::Replaced,
            Plan::Same => Outcome::Unchanged,
            Plan::Keep => Outcome::Kept,
        },
    });
    Ok(installed.collect())
}

/// What is the previous generation after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Previous {
    /// The one that counts until now.
    IsNow,
    /// The one that was it before.
    Stays,
}

/// What is to be done for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    New,
    /// In the place of one of ours.
    Replace,
    /// In the place of one that stands there by itself.
    Adopt,
    Same,
    Keep,
}

/// The folder of the files, locked.
struct Site {
    folder: PathBuf,
    generations: PathBuf,
    known: Known,
    _lock: WritersLock,
}

impl Site {
    fn open(folder: &Path) -> Result<Self, InstallBundleError> {
        let lock = WritersLock::take(folder).map_err(failed(folder))?;
        let generations = folder.join(INSTALLED);
        match DirBuilder::new().mode(0o755).create(&generations) {
            // Whatever the umask is: services go through it.
            Ok(()) => fs::set_permissions(&generations, fs::Permissions::from_mode(0o755)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
        .map_err(failed(&generations))?;
        let found = generations
            .symlink_metadata()
            .map_err(failed(&generations))?;
        let trusted = found.uid() == 0 || found.uid() == geteuid().as_raw();
        if !found.is_dir() || !trusted || found.mode() & 0o022 != 0 {
            return Err(InstallBundleError::ForeignFolder { path: generations });
        }
        let mut site = Self {
            folder: folder.to_owned(),
            generations,
            known: Known::default(),
            _lock: lock,
        };
        site.known = site.look()?;
        Ok(site)
    }

    fn at(&self, number: u64) -> PathBuf {
        self.generations.join(number.to_string())
    }

    /// What stands in the place of a file now, and what is to be done.
    fn plan(
        &self,
        file: &ReceivedFile,
        manner: Manner,
        is_successor: &impl Fn(&Certificate, &Certificate) -> bool,
    ) -> Result<Plan, InstallBundleError> {
        let path = self.folder.join(&file.name);
        let Ok(found) = path.symlink_metadata() else {
            return Ok(Plan::New);
        };
        let ours = fs::read_link(&path).is_ok_and(|to| to == leads_to(&file.name));
        if !ours && !found.is_file() {
            return Err(InstallBundleError::NoFile { path });
        }
        let Ok(standing) = path.metadata() else {
            // A link whose file is of a generation that never came to be.
            return Ok(Plan::New);
        };
        if matches!(file.kind, ReceivedKind::Lines) {
            return Ok(Plan::Keep);
        }
        let octets =
            limited_file::read(&path, MAX_FILE, Accepted::RegularFiles).map_err(|source| {
                InstallBundleError::Standing {
                    path: path.clone(),
                    source,
                }
            })?;
        if let ReceivedKind::Host(new) = &file.kind
            && let Ok(before) = contents::read(&octets.bytes, &Passwords::none())
            && let Some(before) = before.only_certificates().next()
            && !is_successor(before, new)
        {
            let subject = before.subject().to_string();
            return Err(InstallBundleError::OtherHost { path, subject });
        }
        if manner.older_lists == OlderLists::Refused
            && let (Some(before), Some(new)) = (lists::of(&octets.bytes), lists::of(&file.contents))
            && let Some(older) = lists::first_older(&before, &new)
        {
            return Err(InstallBundleError::OlderList {
                path,
                issuer: older.issuer,
                number: older.number,
                before: older.before,
            });
        }
        let wanted = (manner.owner.uid, manner.owner.gid, manner.mode(file.access));
        let has = (standing.uid(), standing.gid(), standing.mode() & 0o7777);
        Ok(
            match (ours, *octets.bytes == *file.contents && has == wanted) {
                (true, true) => Plan::Same,
                (true, false) => Plan::Replace,
                (false, _) => Plan::Adopt,
            },
        )
    }

    /// Makes what stands in the folder by itself a part of the generation that counts, and a link to it: nobody who
    /// reads it sees a difference, and from then on it changes with the others.
    fn adopt<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<(), InstallBundleError> {
        let names: Vec<&str> = names.collect();
        if names.is_empty() {
            return Ok(());
        }
        let next = self.make_next(&[])?;
        for name in &names {
            let (from, to) = (self.folder.join(name), self.at(next).join(name));
            drop(fs::remove_file(&to));
            fs::hard_link(&from, &to).map_err(failed(&from))?;
        }
        self.sync(&self.at(next))?;
        self.lead(CURRENT, next)?;
        for name in names {
            self.link(name)?;
        }
        Ok(())
    }

    /// A generation of these files and of the others that count now.
    fn write_next(
        &self,
        files: &[&ReceivedFile],
        manner: Manner,
    ) -> Result<u64, InstallBundleError> {
        let names: Vec<&str> = files.iter().map(|file| &*file.name).collect();
        let next = self.make_next(&names)?;
        let filled = self.fill(next, files, manner);
        // What is half there serves nobody, and would be counted among those that may have been in use.
        filled.inspect_err(|_| drop(fs::remove_dir_all(self.at(next))))?;
        Ok(next)
    }

    fn fill(
        &self,
        next: u64,
        files: &[&ReceivedFile],
        manner: Manner,
    ) -> Result<(), InstallBundleError> {
        let FileOwner { uid, gid } = manner.owner;
        for file in files {
            let path = self.at(next).join(&file.name);
            match file.access {
                Access::Private => {
                    let mode = match manner.key_readers {
                        KeyReaders::Owner => PrivateMode::Account0600(uid, gid),
                        KeyReaders::OwnerAndGroup => PrivateMode::Account0640(uid, gid),
                    };
                    private_file::create(&path, &file.contents, mode)?
                }
                Access::Public => {
                    let mode = PublicMode::Account0644(uid, gid);
                    public_file::create(&path, &file.contents, mode)?
                }
            };
        }
        self.sync(&self.at(next))
    }

    /// A new folder with the files that count now, but for some.
    fn make_next(&self, without: &[&str]) -> Result<u64, InstallBundleError> {
        let next = self.new_generation()?;
        let current = self.number(CURRENT);
        let folder = self.at(next);
        if let Some(current) = current {
            for name in self.names_of(current)? {
                if !without.contains(&&*name) {
                    let from = self.at(current).join(&name);
                    fs::hard_link(&from, folder.join(&name)).map_err(failed(&from))?;
                }
            }
        }
        Ok(next)
    }

    /// An empty one. The first has an empty one before it that counts: from then on, a folder with generations of
    /// which none counts is none that this command left.
    fn new_generation(&self) -> Result<u64, InstallBundleError> {
        let numbers = self.numbers()?;
        if self.number(CURRENT).is_none() {
            if !numbers.contains(&0) {
                self.make(0)?;
            }
            self.lead(CURRENT, 0)?;
            self.sync(&self.generations)?;
        }
        let known = numbers.into_iter().max().unwrap_or_default();
        let next = known.saturating_add(1);
        self.make(next)?;
        Ok(next)
    }

    fn make(&self, number: u64) -> Result<(), InstallBundleError> {
        let folder = self.at(number);
        let mode = fs::Permissions::from_mode(0o755);
        DirBuilder::new()
            .mode(0o755)
            .create(&folder)
            .and_then(|()| fs::set_permissions(&folder, mode))
            .map_err(failed(&folder))
    }

    /// From now on that generation counts.
    fn switch_to(&self, next: u64, previous: Previous) -> Result<(), InstallBundleError> {
        let before = self.number(CURRENT).filter(|before| *before != next);
        if let (Some(before), Previous::IsNow) = (before, previous)
            && !self.names_of(before)?.is_empty()
        {
            // First: killed in between, nothing leads back to what was replaced for a reason.
            self.lead(PREVIOUS, before)?;
        }
        self.lead(CURRENT, next)?;
        self.sync(&self.generations)
    }

    /// Lets `current` or `previous` lead to a generation, in one step.
    fn lead(&self, link: &str, number: u64) -> Result<(), InstallBundleError> {
        let path = self.generations.join(link);
        replace_by_link(&path, Path::new(&number.to_string())).map_err(failed(&path))
    }

    /// The name in the folder is a link to the file of the generation that counts.
    fn link(&self, name: &str) -> Result<(), InstallBundleError> {
        let path = self.folder.join(name);
        if fs::read_link(&path).is_ok_and(|to| to == leads_to(name)) {
            return Ok(());
        }
        replace_by_link(&path, &leads_to(name)).map_err(failed(&path))
    }

    /// Takes away what leads nowhere and which generation is known to be of no use any more: what is left when it is
    /// killed here the next one takes away.
    fn tidy(&self) {
        let (current, previous) = (self.number(CURRENT), self.number(PREVIOUS));
        for number in self.numbers().unwrap_or_default() {
            let counts = Some(number) == current || Some(number) == previous;
            if current.is_some() && !counts && self.known.is_of_no_use(number) {
                drop(fs::remove_dir_all(self.at(number)));
            }
        }
        let entries = [&self.folder, &self.generations].map(fs::read_dir);
        for entry in entries.into_iter().flatten().flatten().flatten() {
            let name = entry.file_name();
            let (Some(name), Ok(to)) = (name.to_str(), fs::read_link(entry.path())) else {
                continue;
            };
            let dangles = to == leads_to(name) && entry.path().metadata().is_err();
            if dangles || placing::is_beside(name) {
                drop(fs::remove_file(entry.path()));
            }
        }
        // It is in place whether or not this comes to the disk.
        drop(placing::sync_folder(&self.folder));
    }

    fn sync(&self, folder: &Path) -> Result<(), InstallBundleError> {
        placing::sync_folder(folder).map_err(failed(folder))
    }
}

impl Manner {
    /// The permissions that a file gets.
    fn mode(self, access: Access) -> u32 {
        match (access, self.key_readers) {
            (Access::Public, _) => 0o644,
            (Access::Private, KeyReaders::Owner) => 0o600,
            (Access::Private, KeyReaders::OwnerAndGroup) => 0o640,
        }
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> InstallBundleError + use<> {
    let path = path.to_owned();
    move |source| InstallBundleError::File { path, source }
}

/// Where the link of this name leads.
fn leads_to(name: &str) -> PathBuf {
    [INSTALLED, CURRENT, name].iter().collect()
}

/// In one step, whatever is there.
fn replace_by_link(path: &Path, to: &Path) -> io::Result<()> {
    let beside = placing::beside(path).map_err(io::Error::other)?;
    symlink(to, &beside)?;
    fs::rename(&beside, path).inspect_err(|_| drop(fs::remove_file(&beside)))
}
