//! The one place where files with private keys are written.
//!
//! The counterpart of [`crate::public_file`]. Invariant: such a file is never, not even for the moment
//! in which it is written, open to more than its [`PrivateMode`] says, whatever the umask is.

use std::io::{self, Write as _};
use std::path::Path;

use crate::limited_file;
use crate::new_file::{Access, Failed, NewFileError, OnDisk, Owner, Step, make};
use crate::placing::{Existing, WriteFileError, Written, place};

/// Who may read a private file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateMode {
    /// The owner reads and writes it (0600).
    Owner0600,
    /// The owner reads it (0400): for a CA key, which nothing should change.
    ReadOnly0400,
    /// The owner reads and writes it, the group with this number reads it (0640).
    Group0640(u32),
    /// Given to this account and group: the account reads and writes it (0600). Only root can give files away.
    Account0600(u32, u32),
    /// The same, and the group reads it (0640).
    Account0640(u32, u32),
}

impl PrivateMode {
    fn access(self) -> Access {
        let (bits, owner) = match self {
            Self::Owner0600 => (0o600, Owner::Maker),
            Self::ReadOnly0400 => (0o400, Owner::Maker),
            Self::Group0640(gid) => (0o640, Owner::Group(gid)),
            Self::Account0600(uid, gid) => (0o600, Owner::Of(uid, gid)),
            Self::Account0640(uid, gid) => (0o640, Owner::Of(uid, gid)),
        };
        Access {
            at_first: bits & 0o600,
            owner,
            at_last: Some(bits),
        }
    }
}

/// Writes a new file that holds a private key, whole, read back, and on disk.
///
/// # Errors
///
/// When there is something of this name already: it stays, also if it came a moment ago. When the
/// folder cannot be written, the group is not one of the account's, or the disk is full. Nothing is
/// left then.
pub fn create(path: &Path, contents: &[u8], mode: PrivateMode) -> Result<Written, WriteFileError> {
    write(path, contents, mode, Existing::Refuse)
}

/// The same, in the place of the file that may be there.
///
/// # Errors
///
/// When there is something that is no regular file, or a link that leads nowhere or is another
/// account's; when the folder cannot be written or the disk is full. Nothing has changed then.
pub fn replace(path: &Path, contents: &[u8], mode: PrivateMode) -> Result<Written, WriteFileError> {
    write(path, contents, mode, Existing::Replace)
}

/// [`create`] or [`replace`].
///
/// # Errors
///
/// As these.
pub fn write(
    path: &Path,
    contents: &[u8],
    mode: PrivateMode,
    existing: Existing,
) -> Result<Written, WriteFileError> {
    place(path, existing, |beside, _| {
        make(beside, mode.access(), write_all(contents), OnDisk::Now)?;
        // Its octets, unlike a digest of them, leave nothing behind that was not wiped.
        match limited_file::holds(beside, contents) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failed::Differs),
            Err(error) => Err(Failed::Step(Step::Read, error)),
        }
    })
}

/// Writes a new file in a folder that is only being prepared, or where a journal names it: a crash may
/// leave a part of it. It is not read back, and its entry in the folder is not put on disk: a caller that
/// writes several files does that once.
///
/// # Errors
///
/// As [`create`].
pub fn stage(
    path: &Path,
    contents: &[u8],
    mode: PrivateMode,
    on_disk: OnDisk,
) -> Result<(), NewFileError> {
    make(path, mode.access(), write_all(contents), on_disk).map_err(|failed| failed.at(path))
}

fn write_all(contents: &[u8]) -> impl FnOnce(&mut std::fs::File) -> io::Result<()> {
    move |file| file.write_all(contents)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::process::{Command, Stdio};

    use super::*;

    #[track_caller]
    fn check(mode: PrivateMode, want: u32) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
        let written = folder.path().join("key.pem");
        let staged = folder.path().join("staged.pem");
        assert_eq!(
            create(&written, b"contents", mode).unwrap().path(),
            &written
        );
        stage(&staged, b"contents", mode, OnDisk::Now).unwrap();
        for path in [written, staged] {
            let metadata = std::fs::metadata(&path).unwrap();
            assert_eq!(metadata.mode() & 0o7777, want);
            assert_eq!(metadata.len(), 8);
        }
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
        let want = format!("{} is there already; it was left as it is", path.display());
        assert_eq!(error.to_string(), want);
        let error = stage(&path, b"new", PrivateMode::Owner0600, OnDisk::Now).unwrap_err();
        let want = format!("cannot create {}", path.display());
        assert_eq!(error.to_string(), want);
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn follows_no_link() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let elsewhere = folder.path().join("elsewhere");
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        let created = create(&path, b"new", PrivateMode::Owner0600);
        assert!(matches!(created, Err(WriteFileError::Exists { .. })));
        let staged = stage(&path, b"new", PrivateMode::Owner0600, OnDisk::Now);
        assert!(staged.is_err());
        assert!(!elsewhere.exists());
    }

    #[test]
    fn replaces_and_narrows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let written = replace(&path, b"new", PrivateMode::Owner0600).unwrap();
        assert_eq!(std::fs::read(written.path()).unwrap(), b"new");
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    }
}
