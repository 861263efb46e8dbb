//! Where the contests take place: the release build of the program, and a folder that is gone afterwards.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use tempfile::TempDir;

/// What the cases work with.
pub(crate) struct Ground {
    folder: TempDir,
    trustpack: PathBuf,
    own: PathBuf,
}

impl Ground {
    /// Builds the program and makes the folder.
    ///
    /// The folder is on the disk of the build, not in memory: what has to be on disk must be slow as on a disk.
    pub(crate) fn prepare() -> anyhow::Result<Self> {
        let status = Command::new("cargo")
            .args(["build", "--quiet", "--release"])
            .args(["--package", "trustpack-cli"])
            .status()
            .context("cannot start cargo")?;
        anyhow::ensure!(status.success(), "the program cannot be built");
        let own = std::env::current_exe()?;
        let target = own
            .ancestors()
            .nth(2)
            .with_context(|| format!("{} lies in no target folder", own.display()))?;
        let folder = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir_in(target)?;
        Ok(Self {
            trustpack: target.join("release/trustpack"),
            folder,
            own,
        })
    }

    /// The release build of the program.
    pub(crate) fn trustpack(&self) -> &Path {
        &self.trustpack
    }

    /// This program, which does some of the work itself, in a process of its own: see [`crate::work`].
    pub(crate) fn own(&self) -> &Path {
        &self.own
    }

    /// A new empty folder. It goes only with the ground: ext4 does not use an inode again for minutes after its
    /// file was deleted, and whoever makes files meanwhile pays for the search.
    pub(crate) fn new_folder(&self) -> anyhow::Result<PathBuf> {
        let path = self.folder.path();
        let folder = tempfile::tempdir_in(path)
            .with_context(|| format!("cannot make a folder in {}", path.display()))?;
        Ok(folder.keep())
    }
}
