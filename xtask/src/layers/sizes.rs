//! Sizes of files: a reader should be able to hold one in mind.
//!
//! Lines are counted as they stand, comments and tests with them. The length of functions is clippy's
//! (`too_many_lines`). Invariant: no file is over the hard limit, whatever it says at its top.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::{Violation, relative};

/// Over this a file must say why; the budget of CONTRIBUTING.md.
const BUDGET_LINES: usize = 400;

/// Over this there is no reason that counts.
const LIMIT_LINES: usize = 600;

/// How a file says why it is over the budget: a line of its opening documentation.
const MARKER: &str = "//! Long because ";

/// Every file that is too long, or long without a reason.
pub(super) fn check(root: &Path, files: &[PathBuf]) -> anyhow::Result<Vec<Violation>> {
    let mut found = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let lines = text.lines().count();
        let explained = text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .any(|line| line.starts_with(MARKER));
        let what = if lines > LIMIT_LINES {
            format!("has {lines} lines; at most {LIMIT_LINES} are allowed")
        } else if lines > BUDGET_LINES && !explained {
            format!(
                "has {lines} lines; over {BUDGET_LINES} its opening documentation needs a line `{MARKER}...`"
            )
        } else {
            continue;
        };
        let file = relative(root, path);
        found.push(Violation {
            of: "size".to_owned(),
            line: lines,
            file,
            what,
        });
    }
    Ok(found)
}
