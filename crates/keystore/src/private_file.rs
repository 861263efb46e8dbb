//! The one function that writes files with private keys, and the one that replaces them by it.
//!
//! Not for public files. Invariant: no byte of the contents is in the file before its owner, group and
//! mode are final, and at no time has it wider permissions than it ends with.

mod replace;

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

pub use self::replace::{ReplacePrivateFileError, is_same_file, replace};

/// Who may read a private file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateMode {
    /// The owner reads and writes it (0600).
    Owner0600,
    /// The owner reads it (0400): for a CA key, which nothing should change.
    ReadOnly0400,
    /// The owner reads and writes it, the group with this number reads it (0640).
    Group0640(u32),
}

/// Who puts the contents of a file on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDisk {
    /// The function that writes it, before it returns.
    Now,
    /// Its caller, who writes many and puts them on disk together.
    ByCaller,
}

impl PrivateMode {
    fn bits(self) -> u32 {
        match self {
            Self::Owner0600 => 0o600,
            Self::ReadOnly0400 => 0o400,
            Self::Group0640(_) => 0o640,
        }
    }
}

/// A private file could not be written; nothing of it is left.
#[derive(Debug, thiserror::Error)]
#[error("cannot {step} the private file {}", path.display())]
pub struct CreatePrivateFileError {
    path: PathBuf,
    step: Step,
    source: io::Error,
}

impl CreatePrivateFileError {
    /// What the operating system said: `AlreadyExists` when there is such a file.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }
}

/// What was being done to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Create,
    Group(u32),
    Mode(u32),
    Write,
    Sync,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Create => f.write_str("create"),
            Self::Group(gid) => write!(f, "give group {gid} to"),
            Self::Mode(bits) => write!(f, "set mode {bits:04o} of"),
            Self::Write => f.write_str("write"),
            Self::Sync => f.write_str("put on disk"),
        }
    }
}

/// Writes a new file that holds a private key, whatever the umask is, and puts it on disk.
///
/// The entry in the folder is not put on disk: a caller that writes several files does that once.
///
/// # Errors
///
/// When there is a file or link of this name already (nothing is overwritten), the folder cannot be
/// written, the group is not one of the account's, or the disk is full. A file that was begun is
/// removed.
pub fn create(
    path: &Path,
    contents: &[u8],
    mode: PrivateMode,
) -> Result<(), CreatePrivateFileError> {
    create_for(path, contents, mode, OnDisk::Now)
}

/// The same, and `on_disk` says who puts the contents on disk.
///
/// # Errors
///
/// As [`create`].
pub fn create_for(
    path: &Path,
    contents: &[u8],
    mode: PrivateMode,
    on_disk: OnDisk,
) -> Result<(), CreatePrivateFileError> {
    let fail = |(step, source)| CreatePrivateFileError {
        path: path.to_owned(),
        step,
        source,
    };
    let file = open_new(path, mode).map_err(|source| fail((Step::Create, source)))?;
    fill(file, contents, mode, on_disk).map_err(|failure| {
        // The file is ours, made by O_EXCL a moment ago. What is told is why it could not be
        // filled; that removing it failed too would hide that.
        drop(std::fs::remove_file(path));
        fail(failure)
    })
}

/// `O_EXCL` follows no link. The group's bit waits until the file has that group.
fn open_new(path: &Path, mode: PrivateMode) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode.bits() & 0o600)
        .open(path)
}

fn fill(
    mut file: File,
    contents: &[u8],
    mode: PrivateMode,
    on_disk: OnDisk,
) -> Result<(), (Step, io::Error)> {
    if let PrivateMode::Group0640(gid) = mode {
        fchown(&file, None, Some(gid)).map_err(|source| (Step::Group(gid), source))?;
    }
    // The umask may have taken bits away; it can add none.
    file.set_permissions(Permissions::from_mode(mode.bits()))
        .map_err(|source| (Step::Mode(mode.bits()), source))?;
    file.write_all(contents)
        .map_err(|source| (Step::Write, source))?;
    match on_disk {
        OnDisk::Now => file.sync_all().map_err(|source| (Step::Sync, source)),
        OnDisk::ByCaller => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;
    use std::process::{Command, Stdio};

    use super::*;

    #[track_caller]
    fn check(mode: PrivateMode, want: u32) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
        let path = folder.path().join("key.pem");
        create(&path, b"contents", mode).unwrap();
        let metadata = std::fs::metadata(&path).unwrap();
        assert_eq!(metadata.mode() & 0o7777, want);
        assert_eq!(metadata.len(), 8);
    }

    /// Runs the test below anew for each umask, which belongs to the whole process.
    #[test]
    fn heeds_no_umask() {
        for umask in ["000", "077", "777"] {
            let this_program = std::env::current_exe().unwrap();
            let status = Command::new("sh")
                .args(["-c", "umask $1; exec \"$0\" --exact $2"])
                .arg(this_program)
                .args([
                    umask,
                    "private_file::tests::has_the_mode_that_was_asked_for",
                ])
                .stdout(Stdio::null())
                .status()
                .unwrap();
            assert!(status.success(), "umask {umask}");
        }
    }

    #[test]
    fn has_the_mode_that_was_asked_for() {
        let own_group = std::fs::metadata(tempfile::tempdir().unwrap().path())
            .unwrap()
            .gid();
        check(PrivateMode::Owner0600, 0o600);
        check(PrivateMode::ReadOnly0400, 0o400);
        check(PrivateMode::Group0640(own_group), 0o640);
    }

    #[test]
    fn overwrites_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        std::fs::write(&path, "old").unwrap();
        let error = create(&path, b"new", PrivateMode::Owner0600).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(
            error.to_string(),
            format!("cannot create the private file {}", path.display())
        );
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn follows_no_link() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let elsewhere = folder.path().join("elsewhere");
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        let error = create(&path, b"new", PrivateMode::Owner0600).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert!(!elsewhere.exists());
    }

    #[test]
    fn names_the_folder_that_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing/key.pem");
        let error = create(&path, b"new", PrivateMode::Owner0600).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
