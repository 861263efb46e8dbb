//! The files of the documentation that are what a command of the program prints: the schema of the fleet file, and maps of
//! the examples.
//!
//! Invariant: the text depends on the program and the files of this repository only.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

/// What `trustpack WORDS` prints in the root of the workspace.
///
/// # Errors
///
/// When the program cannot be started or fails.
pub(super) fn of(program: &Path, root: &Path, words: &[&str]) -> anyhow::Result<String> {
    let answer = Command::new(program)
        .args(words)
        .env_clear()
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", program.display()))?;
    if !answer.status.success() {
        bail!(
            "`trustpack {}` failed: {}",
            words.join(" "),
            String::from_utf8_lossy(&answer.stderr).trim()
        );
    }
    String::from_utf8(answer.stdout).context("what the program prints is not UTF-8")
}
