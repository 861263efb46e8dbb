//! The folder that a demo works in.
//!
//! Invariant: nothing is deleted in a folder that does not carry the mark of an earlier demo.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::failure::{Failure, message};

/// Marks a folder as made by a demo, so that the next one may replace it.
const MARK: &str = ".trustpack-demo";
const MARK_TEXT: &str =
    "`trustpack demo` made this folder and replaces it when it runs here again.\n";

/// The folder of this demo and the places in it.
#[derive(Debug)]
pub(super) struct Folder {
    /// As the caller wrote it, for messages.
    pub(super) shown: PathBuf,
    /// Absolute: a fleet file holds no relative paths.
    pub(super) root: PathBuf,
}

impl Folder {
    /// The CA directory of the fleet.
    pub(super) fn ca(&self) -> PathBuf {
        self.root.join("ca")
    }

    /// The CA directory of a stranger.
    pub(super) fn other_ca(&self) -> PathBuf {
        self.root.join("other-ca")
    }

    /// The fleet file.
    pub(super) fn fleet(&self) -> PathBuf {
        self.root.join("fleet.toml")
    }

    /// The log of a process.
    pub(super) fn log(&self, process: &str) -> PathBuf {
        self.root.join("logs").join(format!("{process}.log"))
    }
}

/// Makes the folder, or empties the one that an earlier demo made.
///
/// # Errors
///
/// When it holds anything that no demo made, or cannot be written.
pub(super) fn prepare(dir: &Path) -> Result<Folder, Failure> {
    let context = || format!("cannot prepare the folder {}", dir.display());
    match fs::read_dir(dir) {
        Ok(mut entries) => {
            if dir.join(MARK).is_file() {
                empty(dir).with_context(context).map_err(Failure::request)?;
            } else if entries.next().is_some() {
                let text = format!(
                    "the folder {} is not empty, and no demo made it",
                    dir.display()
                );
                return Err(Failure::request(message(text))
                    .hint("name a new or empty folder with --dir; nothing was changed"));
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            fs::create_dir_all(dir)
                .with_context(context)
                .map_err(Failure::request)?;
        }
        Err(error) => {
            return Err(Failure::request(
                anyhow::Error::new(error).context(context()),
            ));
        }
    }
    let made = (|| {
        fs::write(dir.join(MARK), MARK_TEXT)?;
        fs::create_dir(dir.join("logs"))?;
        fs::canonicalize(dir)
    })();
    let root = made.with_context(context).map_err(Failure::request)?;
    Ok(Folder {
        shown: dir.to_owned(),
        root,
    })
}

/// Deletes what is in a marked folder; the mark goes last, so that a second try can go on.
fn empty(dir: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name() == MARK {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_file(dir.join(MARK))
}
