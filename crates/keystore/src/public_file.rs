//! The one place where files without secrets are written.
//!
//! The counterpart of [`crate::private_file`]. Invariant: nothing with a private key comes here.

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};

use crate::limited_file;
use crate::new_file::{Access, Failed, NewFileError, OnDisk, Owner, Step, make};
use crate::placing::{Existing, WriteFileError, Written, place};

/// Who may read a public file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicMode {
    /// Whom the umask lets; one that takes the place of another has the owner and permissions of that.
    ByUmask,
    /// Everybody (0644): what is published is there to be read, whatever the umask is.
    Everybody0644,
    /// The same, of this account and group. Only root can give files away.
    Account0644(u32, u32),
    /// A program of this account and group, which everybody may start (0755).
    Program0755(u32, u32),
}

impl PublicMode {
    fn access(self, old: Option<&Metadata>) -> Access {
        match (self, old) {
            // It may hold what only its readers should see: until it is theirs, nobody reads the new one.
            (Self::ByUmask, Some(old)) => Access {
                at_first: 0o600,
                owner: Owner::Of(old.uid(), old.gid()),
                at_last: Some(old.mode() & 0o777),
            },
            (Self::ByUmask, None) => Access {
                at_first: 0o644,
                owner: Owner::Maker,
                at_last: None,
            },
            (Self::Everybody0644, _) => Access {
                at_first: 0o644,
                owner: Owner::Maker,
                at_last: Some(0o644),
            },
            // Nobody starts a program before it is whole, and its mode is set after its owner.
            (Self::Account0644(uid, gid), _) => Access {
                at_first: 0o600,
                owner: Owner::Of(uid, gid),
                at_last: Some(0o644),
            },
            (Self::Program0755(uid, gid), _) => Access {
                at_first: 0o600,
                owner: Owner::Of(uid, gid),
                at_last: Some(0o755),
            },
        }
    }
}

/// Writes a new file, whole, read back, and on disk.
///
/// # Errors
///
/// When there is something of this name already: it stays, also if it came a moment ago. When the
/// folder cannot be written, or the disk is full. Nothing is left then.
pub fn create(path: &Path, contents: &[u8], mode: PublicMode) -> Result<Written, WriteFileError> {
    write(path, contents, mode, Existing::Refuse)
}

/// The same, in the place of the file that may be there.
///
/// # Errors
///
/// When there is something that is no regular file, or a link that leads nowhere or is another
/// account's; when the folder cannot be written or the disk is full; when only root could give the file
/// to the owner of the old one. Nothing has changed then.
pub fn replace(path: &Path, contents: &[u8], mode: PublicMode) -> Result<Written, WriteFileError> {
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
    mode: PublicMode,
    existing: Existing,
) -> Result<Written, WriteFileError> {
    write_with(path, mode, existing, |out| out.write_all(contents))
}

/// [`write()`], of contents that `fill` writes piece by piece; it should write large pieces.
///
/// # Errors
///
/// As [`create`] and [`replace`], and when `fill` fails.
pub fn write_with(
    path: &Path,
    mode: PublicMode,
    existing: Existing,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<Written, WriteFileError> {
    place(path, existing, |beside, old| {
        let fill = |file: &mut File| {
            let mut out = Digesting::new(file);
            fill(&mut out)?;
            Ok(out.digest)
        };
        let written = make(beside, mode.access(old), fill, OnDisk::Now)?;
        let read = digest_of(beside).map_err(|error| Failed::Step(Step::Read, error))?;
        match read.finish().as_ref() == written.finish().as_ref() {
            true => Ok(()),
            false => Err(Failed::Differs),
        }
    })
}

/// Makes a new file in a folder that is only being prepared, or where a journal names it: a crash may
/// leave a part of it. It is not read back, and its entry in the folder is not put on disk: a caller that
/// writes several files does that once.
///
/// # Errors
///
/// As [`create`], and when `fill` fails.
pub fn stage(
    path: &Path,
    on_disk: OnDisk,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), NewFileError> {
    let access = PublicMode::ByUmask.access(None);
    make(path, access, fill, on_disk).map_err(|failed| failed.at(path))
}

/// Octets that are read at a time.
const BLOCK_BYTES: usize = 1 << 16;

/// A file that remembers what was written, however much that is.
struct Digesting<'f> {
    file: &'f mut File,
    digest: Context,
}

impl<'f> Digesting<'f> {
    fn new(file: &'f mut File) -> Self {
        Self {
            file,
            digest: Context::new(&SHA256),
        }
    }
}

impl Write for Digesting<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let written = self.file.write(octets)?;
        self.digest
            .update(octets.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn digest_of(path: &Path) -> io::Result<Context> {
    let mut file = limited_file::open_regular(path)?;
    let mut digest = Context::new(&SHA256);
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(digest),
            Ok(read) => digest.update(block.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[track_caller]
    fn check_file(path: &Path, contents: &[u8], mode: u32) {
        assert_eq!(fs::read(path).unwrap(), contents);
        assert_eq!(fs::metadata(path).unwrap().mode() & 0o7777, mode);
        let entries = fs::read_dir(path.parent().unwrap()).unwrap();
        assert_eq!(entries.count(), 1, "nothing is left beside");
    }

    #[test]
    fn has_the_permissions_of_the_file_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.pem");
        for old in [0o600, 0o640, 0o664] {
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, Permissions::from_mode(old)).unwrap();
            let written = replace(&path, b"new", PublicMode::ByUmask).unwrap();
            check_file(written.path(), b"new", old);
        }
        replace(&path, b"newer", PublicMode::Everybody0644).unwrap();
        check_file(&path, b"newer", 0o644);
    }

    #[test]
    fn large_contents_are_read_back_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.pem");
        let piece = vec![7; BLOCK_BYTES - 1];
        let mode = PublicMode::Everybody0644;
        let fill = |out: &mut dyn Write| (0..3).try_for_each(|_| out.write_all(&piece));
        write_with(&path, mode, Existing::Refuse, fill).unwrap();
        check_file(&path, &piece.repeat(3), 0o644);
    }

    #[test]
    fn what_cannot_be_filled_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.pem");
        let mode = PublicMode::Everybody0644;
        create(&path, b"old", mode).unwrap();
        let fail = |out: &mut dyn Write| {
            out.write_all(b"half")?;
            Err(io::Error::other("the source has ended"))
        };
        let error = write_with(&path, mode, Existing::Replace, fail).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot write {}", path.display())
        );
        check_file(&path, b"old", 0o644);
        let error = create(&path, b"new", mode).unwrap_err();
        assert!(matches!(error, WriteFileError::Exists { .. }));
        check_file(&path, b"old", 0o644);
    }

    #[test]
    fn staging_writes_over_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.pem");
        stage(&path, OnDisk::ByCaller, |file| file.write_all(b"old")).unwrap();
        assert!(stage(&path, OnDisk::Now, |file| file.write_all(b"new")).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }
}
