//! Folders that go away, and what is in a folder.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A file or folder as a listing has it: two are equal when nothing has touched them in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Permissions, without the kind of the file.
    pub mode: u32,
    /// Number of the owning group.
    pub group: u32,
    /// The contents; where a link leads; nothing for a folder.
    pub contents: Vec<u8>,
}

/// Everything below a folder, by path relative to it.
pub type Listing = BTreeMap<PathBuf, Entry>;

/// Files in memory on Linux. The stories bring thousands of files to disk, and none is about the disk.
const IN_MEMORY: &str = "/dev/shm";

/// An empty folder that is removed when the story ends; in `TMPDIR` where that is set, else in memory
/// where the machine has that.
#[track_caller]
pub fn temporary() -> TempDir {
    let mut builder = tempfile::Builder::new();
    builder.prefix("trustpack-e2e-");
    let made = if std::env::var_os("TMPDIR").is_some() {
        builder.tempdir()
    } else {
        builder.tempdir_in(IN_MEMORY).or_else(|_| builder.tempdir())
    };
    match made {
        Ok(folder) => folder,
        Err(error) => panic!("cannot make a temporary folder: {error}"),
    }
}

/// Everything below `folder`, contents and permissions.
#[track_caller]
pub fn listing(folder: &Path) -> Listing {
    let mut listing = Listing::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(each) = folders.pop() {
        let entries = fs::read_dir(&each).unwrap_or_else(|e| panic!("{}: {e}", each.display()));
        for path in entries.map(|entry| entry.map(|entry| entry.path())) {
            let read = path.and_then(|path| Ok((Entry::read(&path)?, path)));
            let (entry, path) = read.unwrap_or_else(|e| panic!("{}: {e}", each.display()));
            if path.is_dir() && !path.is_symlink() {
                folders.push(path.clone());
            }
            listing.insert(path.strip_prefix(folder).unwrap_or(&path).into(), entry);
        }
    }
    listing
}

/// Fails unless `folder` is as it was when `before` was made; names what differs.
#[track_caller]
pub fn assert_unchanged(folder: &Path, before: &Listing) {
    let after = listing(folder);
    let differing: Vec<&PathBuf> = before
        .keys()
        .chain(after.keys())
        .filter(|path| before.get(*path) != after.get(*path))
        .collect();
    assert!(
        differing.is_empty(),
        "changed in {}: {differing:?}",
        folder.display()
    );
}

/// Copies a folder with what is in it, permissions included.
#[track_caller]
pub fn copy(from: &Path, to: &Path) {
    let copied = fs::create_dir(to).and_then(|()| {
        for (path, entry) in listing(from) {
            let target = to.join(&path);
            // The listing is sorted: a folder comes before what is in it.
            if from.join(&path).is_dir() {
                fs::create_dir(&target)?;
            } else {
                fs::write(&target, &entry.contents)?;
            }
            fs::set_permissions(&target, fs::Permissions::from_mode(entry.mode))?;
        }
        Ok(())
    });
    if let Err(error) = copied {
        panic!("cannot copy {}: {error}", from.display());
    }
}

impl Entry {
    fn read(path: &Path) -> std::io::Result<Self> {
        let metadata = path.symlink_metadata()?;
        let contents = if metadata.is_dir() {
            Vec::new()
        } else if metadata.is_symlink() {
            fs::read_link(path)?.into_os_string().into_encoded_bytes()
        } else {
            fs::read(path)?
        };
        Ok(Self {
            mode: metadata.permissions().mode() & 0o7777,
            group: metadata.gid(),
            contents,
        })
    }
}
