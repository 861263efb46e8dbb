//! `cargo xtask layers`: the tree is what `ARCHITECTURE.md` says it is.
//!
//! Five checks: the rows, what a crate never contains (as packages it reaches and as words in its sources), the
//! sizes of files, and whether what documents name is there. Not a linter of style. Invariant: the map is read from `ARCHITECTURE.md`
//! alone, so that what newcomers read and what is checked cannot differ.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::Outcome;
use crate::metadata::Metadata;

mod dependencies;
mod documents;
mod map;
mod sizes;
mod sources;
#[cfg(test)]
mod tests;

use map::Map;

/// One place where the tree is not as the map says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// The file, relative to the root of the workspace.
    file: PathBuf,
    /// The line, from 1.
    line: usize,
    /// The crate as the map names it, else the file's own.
    of: String,
    /// The rule, and what breaks it.
    what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: {}",
            self.file.display(),
            self.line,
            self.of,
            self.what
        )
    }
}

/// Checks the workspace and prints every violation, then one line that sums up.
///
/// # Errors
///
/// When the map or a source file cannot be read: then nothing is known about the tree.
pub(crate) fn run(metadata: &Metadata, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let (violations, files) = check(metadata)?;
    for violation in &violations {
        writeln!(out, "{violation}")?;
    }
    if violations.is_empty() {
        writeln!(
            out,
            "layers: {} crates and {files} files are as ARCHITECTURE.md says",
            metadata.members().len()
        )?;
        Ok(Outcome::InOrder)
    } else {
        writeln!(
            out,
            "layers: {} violations of ARCHITECTURE.md",
            violations.len()
        )?;
        Ok(Outcome::OutOfOrder)
    }
}

/// All violations in the order of file and line, and how many files were read.
fn check(metadata: &Metadata) -> anyhow::Result<(Vec<Violation>, usize)> {
    let root = &metadata.workspace_root;
    let map = Map::read(&root.join("ARCHITECTURE.md"))?;
    let files = rust_files(root)?;
    let mut violations = dependencies::check(metadata, &map)?;
    violations.extend(sizes::check(root, &files)?);
    violations.extend(documents::check(root, &files)?);
    violations.extend(sources::check(metadata, &map, &files)?);
    violations.sort();
    violations.dedup();
    Ok((violations, files.len()))
}

/// Every Rust file of the repository, sorted; what a build or a tool leaves behind is not ours.
fn rust_files(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() && !path.is_symlink() {
                if name != "target" && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// `path` as seen from the root of the workspace.
fn relative(root: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(root).unwrap_or(path).to_owned()
}
