//! The files of a host in a tree of hosts: `DIR/HOST` stands for the root of that host.
//!
//! Links in the tree mean what they mean on their host: an absolute one starts at the folder of the host again.
//! A path of Windows has its drive as a folder: `C:\sec\host.pem` is `DIR/HOST/C/sec/host.pem`.
//! Invariant: no file outside the folder of the host is read.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_x509::dns::DnsName;

use super::permissions::{self, Permissions};
use super::{FileContents, Files, MAX_LINKS, ReadFileError, readers};

/// The files of one host of a tree.
#[derive(Clone, Debug)]
pub struct HostTree {
    root: PathBuf,
}

impl HostTree {
    /// The files of `host` in the tree `folder`.
    #[must_use]
    pub fn new(folder: &Path, host: &DnsName) -> Self {
        Self {
            root: folder.join(host.as_str()),
        }
    }

    /// The files of a host whose root is `root`.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Whether the tree has a folder for this host.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.root.is_dir()
    }

    /// Where the file is, with the permissions of the folders on the way, the nearest first.
    fn find(&self, path: &Path) -> Result<(PathBuf, Vec<Permissions>), ReadFileError> {
        let mut at = self.root.clone();
        // What the folder of the host itself lets others do is a matter of this machine.
        let mut folders = Vec::new();
        let mut left: VecDeque<OsString> = names(path)?.into();
        let mut links = 0;
        while let Some(name) = left.pop_front() {
            if name == ".." {
                // The root of a host is its own parent, as on the host itself.
                if at != self.root {
                    at.pop();
                    folders.pop();
                }
                continue;
            }
            let next = at.join(&name);
            let metadata = next.symlink_metadata().map_err(of_io)?;
            if metadata.is_symlink() {
                links += 1;
                if links > MAX_LINKS {
                    return Err(ReadFileError::TooManyLinks);
                }
                let target = next.read_link().map_err(of_io)?;
                if target.is_absolute() {
                    at.clone_from(&self.root);
                    folders.clear();
                }
                for name in names_of_link(&target).into_iter().rev() {
                    left.push_front(name);
                }
            } else {
                at = next;
                if !left.is_empty() {
                    folders.push(permissions::of(&metadata));
                }
            }
        }
        folders.reverse();
        Ok((at, folders))
    }
}

impl Files for HostTree {
    fn read(&self, path: &Path, limit: usize) -> Result<FileContents, ReadFileError> {
        let (path, folders) = self.find(path)?;
        let contents = limited_file::read(&path, limit, Accepted::RegularFiles)?;
        let mut permissions = vec![permissions::of(&contents.metadata)];
        permissions.extend(folders);
        Ok(FileContents {
            bytes: contents.bytes,
            readers: readers(&contents.metadata),
            permissions,
        })
    }

    fn stands_at(&self, path: &Path) -> Option<PathBuf> {
        let names = names(path).ok()?;
        Some(
            names
                .iter()
                .fold(self.root.clone(), |at, name| at.join(name)),
        )
    }
}

fn of_io(error: io::Error) -> ReadFileError {
    limited_file::ReadFileError::Io(error).into()
}

/// The names of an absolute path of either platform, from the root on.
fn names(path: &Path) -> Result<Vec<OsString>, ReadFileError> {
    let text = path.to_string_lossy();
    let is_windows = match text.as_bytes() {
        [b'\\', b'\\', ..] => true,
        [drive, b':', ..] => drive.is_ascii_alphabetic(),
        [..] => false,
    };
    if is_windows {
        let parts = text.split(['\\', '/']).filter(|part| !part.is_empty());
        let names: Vec<OsString> = parts
            .map(|part| part.strip_suffix(':').unwrap_or(part).into())
            .collect();
        // A folder of this name may not be on the host what it is here.
        if names.iter().any(|name| name == "..") {
            return Err(ReadFileError::OutsideTree);
        }
        return Ok(names);
    }
    Ok(names_of_link(path))
}

/// The names of a path of UNIX; `..` is one of them.
fn names_of_link(path: &Path) -> Vec<OsString> {
    path.components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some("..".into()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    struct Tree(tempfile::TempDir);

    impl Tree {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let host = folder.path().join("a.example.com");
            fs::create_dir_all(host.join("etc/sec")).unwrap();
            fs::create_dir_all(host.join("C/sec")).unwrap();
            fs::write(host.join("etc/sec/host.pem"), "unix").unwrap();
            fs::write(host.join("C/sec/host.pem"), "windows").unwrap();
            fs::write(folder.path().join("secret"), "outside").unwrap();
            Self(folder)
        }

        fn link(&self, at: &str, to: &str) {
            symlink(to, self.0.path().join("a.example.com").join(at)).unwrap();
        }

        #[track_caller]
        fn check(&self, path: &str, want: Result<&str, &str>) {
            let host = HostTree::new(self.0.path(), &"a.example.com".parse().unwrap());
            let read = host.read(Path::new(path), 100);
            let read = read.map(|found| String::from_utf8(found.bytes.to_vec()).unwrap());
            match (read, want) {
                (Ok(found), Ok(want)) => assert_eq!(found, want, "{path}"),
                (Err(error), Err(want)) => assert!(error.to_string().contains(want), "{error}"),
                (found, want) => panic!("{path}: {found:?}, not {want:?}"),
            }
        }
    }

    #[test]
    fn paths_of_both_platforms_lead_into_the_tree() {
        let tree = Tree::new();
        tree.check("/etc/sec/host.pem", Ok("unix"));
        tree.check("/etc/../etc/./sec/host.pem", Ok("unix"));
        tree.check("C:\\sec\\host.pem", Ok("windows"));
        tree.check("C:/sec/host.pem", Ok("windows"));
        tree.check("/etc/sec/gone.pem", Err("no such file"));
        tree.check("/etc/sec", Err("no regular file"));
    }

    #[test]
    fn where_a_path_stands_in_the_tree_is_told() {
        let host = HostTree::new(Path::new("hosts"), &"a.example.com".parse().unwrap());
        for path in ["/etc/sec/a.pem", "/etc/./sec/a.pem"] {
            let at = host.stands_at(Path::new(path));
            assert_eq!(at, Some("hosts/a.example.com/etc/sec/a.pem".into()));
        }
        let at = host.stands_at(Path::new("C:\\sec\\a.pem"));
        assert_eq!(at, Some("hosts/a.example.com/C/sec/a.pem".into()));
    }

    #[test]
    fn links_mean_what_they_mean_on_their_host() {
        let tree = Tree::new();
        tree.link("etc/absolute", "/etc/sec");
        tree.link("etc/relative.pem", "sec/host.pem");
        tree.link("etc/up", "../../../../secret");
        tree.link("etc/turns", "turns");
        tree.check("/etc/absolute/host.pem", Ok("unix"));
        tree.check("/etc/relative.pem", Ok("unix"));
        tree.check("/etc/up", Err("no such file"));
        tree.check("/etc/turns", Err("40 links"));
    }

    #[test]
    fn nothing_outside_the_tree_is_read() {
        let tree = Tree::new();
        tree.check("/../secret", Err("no such file"));
        tree.check("/etc/../../secret", Err("no such file"));
        tree.check("C:\\..\\..\\secret", Err("out of the tree"));
    }

    #[test]
    fn permissions_are_those_of_the_file_and_its_folders() {
        let tree = Tree::new();
        let root = tree.0.path().join("a.example.com");
        fs::set_permissions(root.join("etc/sec"), fs::Permissions::from_mode(0o710)).unwrap();
        fs::set_permissions(
            root.join("etc/sec/host.pem"),
            fs::Permissions::from_mode(0o640),
        )
        .unwrap();
        let host = HostTree::new(tree.0.path(), &"a.example.com".parse().unwrap());
        let read = host.read(Path::new("/etc/sec/host.pem"), 100).unwrap();
        let modes: Vec<u32> = read.permissions.iter().map(|one| one.mode).collect();
        assert_eq!(modes.get(..2), Some([0o640, 0o710].as_slice()));
        assert_eq!(modes.len(), 3);
    }
}
