//! A tree of files as it is packed: what is where, with which permissions.
//!
//! Invariant: a tree holds what its entries say, whatever the umask of who makes it is.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::succeeds;

/// One file.
pub(super) struct Entry {
    /// Where, in the tree.
    path: String,
    source: Source,
    mode: u32,
}

/// What is in it.
enum Source {
    File(PathBuf),
    Text(String),
    /// Where a link leads.
    Link(String),
    Folder,
}

/// All files of a package.
#[derive(Default)]
pub(super) struct Tree(Vec<Entry>);

impl Tree {
    /// A file that everybody may read; one whose path ends in `.gz` is packed.
    pub(super) fn file(&mut self, path: impl Into<String>, from: impl Into<PathBuf>) {
        self.add(path, Source::File(from.into()), 0o644);
    }

    /// A program.
    pub(super) fn program(&mut self, path: impl Into<String>, from: impl Into<PathBuf>) {
        self.add(path, Source::File(from.into()), 0o755);
    }

    /// A file with this text; one whose path ends in `.gz` is packed.
    pub(super) fn text(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.add(path, Source::Text(text.into()), 0o644);
    }

    pub(super) fn link(&mut self, path: impl Into<String>, to: &str) {
        self.add(path, Source::Link(to.to_owned()), 0o777);
    }

    /// An empty folder; those of files are made with them.
    pub(super) fn folder(&mut self, path: impl Into<String>) {
        self.add(path, Source::Folder, 0o755);
    }

    fn add(&mut self, path: impl Into<String>, source: Source, mode: u32) {
        let path = path.into();
        self.0.push(Entry { path, source, mode });
    }

    /// The paths of the files below `/etc`, which their administrators change.
    pub(super) fn configuration(&self) -> Vec<String> {
        let files = self
            .0
            .iter()
            .filter(|entry| !matches!(entry.source, Source::Folder));
        let paths = files.map(|entry| format!("/{}", entry.path));
        paths.filter(|path| path.starts_with("/etc/")).collect()
    }

    /// Makes the tree.
    pub(super) fn write(&self, root: &Path) -> anyhow::Result<()> {
        for entry in &self.0 {
            entry
                .write(root)
                .with_context(|| format!("cannot put {} into the package", entry.path))?;
        }
        Ok(())
    }
}

impl Entry {
    fn write(&self, root: &Path) -> anyhow::Result<()> {
        let path = root.join(&self.path);
        make_folders(
            root,
            Path::new(&self.path)
                .parent()
                .unwrap_or_else(|| Path::new("")),
        )?;
        let packed = self.path.ends_with(".gz");
        let plain = match packed {
            true => path.with_extension(""),
            false => path.clone(),
        };
        match &self.source {
            Source::File(from) => {
                fs::copy(from, &plain).with_context(|| from.display().to_string())?;
            }
            Source::Text(text) => fs::write(&plain, text)?,
            Source::Link(to) => return Ok(symlink(to, &path)?),
            Source::Folder => return make_folders(root, Path::new(&self.path)),
        }
        if packed {
            // Without name and time.
            succeeds(Command::new("gzip").args(["-9", "-n"]).arg(&plain))?;
        }
        Ok(fs::set_permissions(
            &path,
            fs::Permissions::from_mode(self.mode),
        )?)
    }
}

fn make_folders(root: &Path, below: &Path) -> anyhow::Result<()> {
    let mut path = root.to_owned();
    for part in below {
        path.push(part);
        if !path.is_dir() {
            DirBuilder::new().mode(0o755).create(&path)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(())
}

/// An empty folder of this name, in the place of one that may be there.
pub(super) fn anew(path: &Path) -> anyhow::Result<()> {
    if path.symlink_metadata().is_ok() {
        fs::remove_dir_all(path).with_context(|| format!("cannot clear {}", path.display()))?;
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(path)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o755)))
        .with_context(|| format!("cannot make {}", path.display()))
}
