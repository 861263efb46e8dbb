//! Making a file that is not there yet, with the permissions that it is to have.
//!
//! Not its name: [`crate::placing`] gives it one that others look at. Invariant: no octet of the
//! contents is in the file before its owner, group and mode are final, and at no time has it wider
//! permissions than it ends with.

use std::fmt;
use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

/// Who puts the contents of a file on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDisk {
    /// The function that writes it, before it returns.
    Now,
    /// Its caller, who writes many and puts them on disk together.
    ByCaller,
}

/// A new file could not be made; nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum NewFileError {
    /// The operating system refused a step.
    #[error("cannot {step} {}", path.display())]
    Step {
        /// The file.
        path: PathBuf,
        /// What was being done.
        step: Step,
        /// What the operating system says.
        source: io::Error,
    },
    /// It holds something else than was written.
    #[error("{} does not read back as it was written; is the disk sound?", path.display())]
    Differs {
        /// The file.
        path: PathBuf,
    },
}

/// What was being done to a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was made, without contents.
    Create,
    /// It was given to this group.
    Group(u32),
    /// It was given to the account and the group of the file whose place it takes.
    Owner(u32, u32),
    /// It was given these permissions.
    Mode(u32),
    /// Its contents were written.
    Write,
    /// They were put on disk.
    Sync,
    /// They were read again.
    Read,
}

/// The same as [`NewFileError`], before it is known under which path the file is told of.
#[derive(Debug)]
pub(crate) enum Failed {
    Step(Step, io::Error),
    Differs,
}

/// Who may do what with a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    /// What it is made with; the umask takes away from it.
    pub(crate) at_first: u32,
    /// Whom it is given to before its permissions are final.
    pub(crate) owner: Owner,
    /// Its permissions, whatever the umask is; none where that decides.
    pub(crate) at_last: Option<u32>,
}

/// Whom a new file is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Whoever makes it.
    Maker,
    /// Of the maker, with this group.
    Group(u32),
    /// The account and group of another file. Only root can give files away.
    Of(u32, u32),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create => f.write_str("create"),
            Self::Group(gid) => write!(f, "give group {gid} to"),
            Self::Owner(uid, gid) => write!(f, "give user {uid} and group {gid} to"),
            Self::Mode(bits) => write!(f, "set mode {bits:04o} of"),
            Self::Write => f.write_str("write"),
            Self::Sync => f.write_str("put on disk"),
            Self::Read => f.write_str("read back"),
        }
    }
}

impl Failed {
    /// Tells of it under the name that the file is known by.
    pub(crate) fn at(self, path: &Path) -> NewFileError {
        let path = path.to_owned();
        match self {
            Self::Step(step, source) => NewFileError::Step { path, step, source },
            Self::Differs => NewFileError::Differs { path },
        }
    }
}

impl From<NewFileError> for io::Error {
    /// For those who name the path themselves.
    fn from(error: NewFileError) -> Self {
        match error {
            NewFileError::Step {
                step: Step::Create | Step::Write,
                source,
                ..
            } => source,
            NewFileError::Step { ref source, .. } => Self::new(source.kind(), error),
            NewFileError::Differs { .. } => Self::other(error),
        }
    }
}

/// Makes a file and has `fill` write its contents. One that was begun is removed.
pub(crate) fn make<Filled>(
    path: &Path,
    access: Access,
    fill: impl FnOnce(&mut File) -> io::Result<Filled>,
    on_disk: OnDisk,
) -> Result<Filled, Failed> {
    // O_EXCL follows no link.
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(access.at_first)
        .open(path)
        .map_err(|source| Failed::Step(Step::Create, source))?;
    give_and_fill(file, access, fill, on_disk).inspect_err(|_| {
        // The file is ours, made by O_EXCL a moment ago. What is told is why it could not be
        // filled; that removing it failed too would hide that.
        drop(std::fs::remove_file(path));
    })
}

fn give_and_fill<Filled>(
    mut file: File,
    access: Access,
    fill: impl FnOnce(&mut File) -> io::Result<Filled>,
    on_disk: OnDisk,
) -> Result<Filled, Failed> {
    let failed = |step| move |source| Failed::Step(step, source);
    // In front of the permissions: a bit for a group waits until it is the right one, and a change of owner
    // takes some away.
    match access.owner {
        Owner::Maker => {}
        Owner::Group(gid) => {
            fchown(&file, None, Some(gid)).map_err(failed(Step::Group(gid)))?;
        }
        Owner::Of(uid, gid) => {
            let step = Step::Owner(uid, gid);
            let made = file.metadata().map_err(failed(step))?;
            if (made.uid(), made.gid()) != (uid, gid) {
                fchown(&file, Some(uid), Some(gid)).map_err(failed(step))?;
            }
        }
    }
    // The umask may have taken bits away; it can add none.
    if let Some(bits) = access.at_last {
        file.set_permissions(Permissions::from_mode(bits))
            .map_err(failed(Step::Mode(bits)))?;
    }
    let filled = fill(&mut file).map_err(failed(Step::Write))?;
    match on_disk {
        OnDisk::Now => file.sync_all().map_err(failed(Step::Sync))?,
        OnDisk::ByCaller => {}
    }
    Ok(filled)
}
