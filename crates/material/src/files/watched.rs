//! The files of this machine, with a note of how each was when it was looked at.
//!
//! A change is seen by what the system says of a file, with every link followed: a folder that is swapped under its
//! link, as Kubernetes does it, shows another file at the same path. Contents are not read again for it.
//! Invariant: a file is noted before it is read, so that a change during the reading is seen.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use trustpack_x509::time::Timestamp;

use super::{FileContents, Files, ReadFileError, SystemFiles};
use crate::fleet_source;

/// What tells a file from another one, and from itself later, without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    identity: Identity,
}

/// The place of a file on its disk, and when that was last changed: device, file, seconds, nanoseconds.
type Identity = (u64, u64, i64, i64);

/// The files of this machine, and what was looked at.
#[derive(Debug, Default)]
pub struct WatchedFiles {
    noted: Mutex<Noted>,
    /// The folders to which a sandbox confines this process, if one does.
    bounds: Option<Bounds>,
}

/// The folders and files that a process may read since its start, as they were then.
#[derive(Clone, Debug)]
pub struct Bounds(Arc<BTreeMap<PathBuf, Option<Node>>>);

/// What tells a folder from one that took its place: device and number.
type Node = (u64, u64);

/// Files as they were at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    files: BTreeMap<PathBuf, Option<Stamp>>,
    /// Where a fleet is, with its files. Of a folder that is all that counts: what else comes and goes in it does so
    /// all the time, where somebody edits.
    fleets: BTreeMap<PathBuf, Option<Vec<PathBuf>>>,
}

/// For how long a file must have been left alone before its stamp means that it is the same.
///
/// Source: FAT tells times in steps of 2 s, the coarsest of the file systems in use.
const TICK: Duration = Duration::from_secs(2);

impl WatchedFiles {
    /// Nothing looked at so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing looked at so far, by a process that a sandbox confines to these folders.
    #[must_use]
    pub fn within(bounds: Option<Bounds>) -> Self {
        let noted = Mutex::default();
        Self { noted, bounds }
    }

    /// What of the sandbox keeps a file from being read, if something of it does.
    fn kept_from(&self, path: &Path) -> Option<ReadFileError> {
        let real = path.canonicalize();
        let path = real.as_deref().unwrap_or(path);
        let mut above = self.bounds.as_ref()?.above(path).peekable();
        if above.peek().is_none() {
            return Some(ReadFileError::OutsideSandbox);
        }
        let mut replaced = None;
        for (folder, then) in above {
            if node(folder) == then {
                return None;
            }
            replaced = Some(folder.to_owned());
        }
        replaced.map(|folder| ReadFileError::FolderReplaced { folder })
    }

    /// Notes a file that is read in another way: how it was at the first look, which counts. What came later
    /// may have been read already.
    pub fn note(&self, path: &Path) -> Option<Stamp> {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let first = noted.files.entry(path.to_owned());
        first.or_insert_with(|| stamp(path)).clone()
    }

    /// Notes which files a fleet has, and each of them.
    pub fn note_fleet(&self, path: &Path) {
        let files = fleet_source::files(path).ok();
        for file in files.iter().flatten() {
            self.note(file);
        }
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.fleets.entry(path.to_owned()).or_insert(files);
    }

    /// Everything that was looked at so far, as it was then.
    #[must_use]
    pub fn noted(&self) -> Noted {
        self.noted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Bounds {
    /// These folders and files, as they are now.
    pub fn as_they_are(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        let nodes = paths.into_iter().map(|path| {
            let node = node(&path);
            (path, node)
        });
        Self(Arc::new(nodes.collect()))
    }

    /// Those that a file is in, or is.
    fn above(&self, path: &Path) -> impl Iterator<Item = (&Path, Option<Node>)> {
        let bounds = self.0.iter();
        bounds
            .filter(move |(bound, _)| path.starts_with(bound))
            .map(|(bound, node)| (bound.as_path(), *node))
    }
}

impl Noted {
    /// Every file that was looked at, and where fleets are.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files
            .keys()
            .chain(self.fleets.keys())
            .map(PathBuf::as_path)
    }

    /// Takes in what these have and it has not. What it has stays: whoever looked first is behind if a file has changed
    /// since.
    pub fn add(&mut self, more: Self) {
        for (path, stamp) in more.files {
            self.files.entry(path).or_insert(stamp);
        }
        for (path, files) in more.fleets {
            self.fleets.entry(path).or_insert(files);
        }
    }

    /// The same files as they are now.
    #[must_use]
    pub fn now(&self) -> Self {
        let stamps = self.files.keys().map(|path| (path.clone(), stamp(path)));
        let files_of = |path: &PathBuf| (path.clone(), fleet_source::files(path).ok());
        Self {
            files: stamps.collect(),
            fleets: self.fleets.keys().map(files_of).collect(),
        }
    }
}

impl Files for WatchedFiles {
    fn read(&self, path: &Path, limit: usize) -> Result<FileContents, ReadFileError> {
        self.note(path);
        let read = SystemFiles.read(path, limit);
        // The system says the same of both; the remedies differ.
        if matches!(read, Err(ReadFileError::NotPermitted))
            && let Some(kept_from) = self.kept_from(path)
        {
            return Err(kept_from);
        }
        read
    }

    fn stamp(&self, path: &Path) -> Option<Stamp> {
        self.note(path)
    }
}

impl Stamp {
    /// Whether the file was last changed long enough before `now` that no later change can have left it this stamp.
    #[must_use]
    pub fn is_settled(&self, now: Timestamp) -> bool {
        let (_, _, seconds, _) = self.identity;
        let changed = u64::try_from(seconds).ok();
        let modified = self
            .modified
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let latest = changed.max(modified.map(|since| since.as_secs()));
        latest.is_some_and(|latest| latest.saturating_add(TICK.as_secs()) < now.unix())
    }
}

fn node(path: &Path) -> Option<Node> {
    let (device, number, ..) = identity(&fs::metadata(path).ok()?);
    Some((device, number))
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some(Stamp {
        length: metadata.len(),
        modified: metadata.modified().ok(),
        identity: identity(&metadata),
    })
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    (
        metadata.dev(),
        metadata.ino(),
        metadata.ctime(),
        metadata.ctime_nsec(),
    )
}

#[cfg(not(unix))]
fn identity(_metadata: &Metadata) -> Identity {
    (0, 0, 0, 0)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_that_is_changed_replaced_removed_or_made_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two, none] = ["one", "two", "none"].map(|name| folder.path().join(name));
        fs::write(&one, "1").unwrap();
        fs::write(&two, "2").unwrap();
        let changes: [&dyn Fn(); 5] = [
            &|| fs::write(&one, "another").unwrap(),
            &|| fs::rename(&two, &one).unwrap(),
            &|| fs::remove_file(&one).unwrap(),
            &|| fs::write(&none, "").unwrap(),
            &|| fs::write(&one, "1").unwrap(),
        ];
        for change in changes {
            let files = WatchedFiles::new();
            for path in [&one, &none] {
                drop(files.read(path, 10));
            }
            let noted = files.noted();
            assert_eq!(noted.now(), noted);
            change();
            assert_ne!(noted.now(), noted);
        }
    }

    #[test]
    fn a_folder_that_was_replaced_is_told_from_one_that_was_never_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap();
        let at = |name: &str| real.join(name);
        for name in ["allowed", "other"] {
            fs::create_dir(at(name)).unwrap();
            fs::write(at(name).join("key"), "").unwrap();
        }
        let bounds = Bounds::as_they_are([at("allowed")]);
        let check = |name: &str, want: &str| {
            let files = WatchedFiles::within(Some(bounds.clone()));
            let kept = files.kept_from(&at(name).join("key"));
            let kept = kept.map(|error| error.to_string()).unwrap_or_default();
            assert!(
                kept.contains(want) && kept.is_empty() == want.is_empty(),
                "{kept}"
            );
        };
        check("allowed", "");
        check("other", "outside of the folders");
        fs::rename(at("allowed"), at("before")).unwrap();
        fs::create_dir(at("allowed")).unwrap();
        fs::write(at("allowed").join("key"), "").unwrap();
        check("allowed", "allowed was replaced since the start");
        let anywhere = WatchedFiles::new();
        assert!(anywhere.kept_from(&at("other")).is_none());
    }

    #[test]
    fn of_a_folder_the_files_of_the_fleet_count() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a.toml"), "").unwrap();
        let noted = || {
            let files = WatchedFiles::new();
            files.note_fleet(folder.path());
            files.noted()
        };
        let before = noted();
        fs::write(at("a.toml.swp"), "an editor's own").unwrap();
        assert_eq!(before.now(), before);
        fs::write(at("b.toml"), "").unwrap();
        assert_ne!(before.now(), before);
        let both = noted();
        fs::write(at("b.toml"), "another").unwrap();
        assert_ne!(both.now(), both);
    }

    #[test]
    fn who_looked_first_counts() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "1").unwrap();
        let noted = || {
            let files = WatchedFiles::new();
            files.note(&file);
            files.noted()
        };
        let mut earlier = noted();
        fs::write(&file, "another").unwrap();
        earlier.add(noted());
        assert_ne!(earlier.now(), earlier);
    }

    #[test]
    fn a_link_that_is_swapped_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for version in ["v1", "v2"] {
            fs::create_dir(at(version)).unwrap();
            fs::write(at(version).join("key"), "same").unwrap();
        }
        symlink("v1", at("..data")).unwrap();
        symlink("..data/key", at("key")).unwrap();
        let files = WatchedFiles::new();
        files.read(&at("key"), 10).unwrap();
        let noted = files.noted();
        symlink("v2", at("..data_tmp")).unwrap();
        fs::rename(at("..data_tmp"), at("..data")).unwrap();
        assert_ne!(noted.now(), noted);
    }
}
