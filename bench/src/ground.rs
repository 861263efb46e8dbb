//! Where the contests take place: the release build of the program, and a folder that is gone afterwards.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use tempfile::TempDir;

/// What the cases work with.
pub(crate) struct Ground {
    folder: TempDir,
    trustpack: PathBuf,
}

impl Ground {
    /// Builds the program and makes the folder.
    ///
    /// The folder is on the disk of the build, not in memory: what has to be on disk must be slow as on a disk.
    pub(crate) fn prepare() -> anyhow::Result<Self> {
        let status = Command::new("cargo")
            .args([
                "build",
                "--quiet",
                "--release",
                "--package",
                "trustpack-cli",
            ])
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
        })
    }

    /// The release build of the program.
    pub(crate) fn trustpack(&self) -> &Path {
        &self.trustpack
    }

    /// A new folder with this name.
    pub(crate) fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.path().join(name);
        std::fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(path)
    }
}
