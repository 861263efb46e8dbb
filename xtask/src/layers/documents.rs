//! What the documents name is there: paths in the tree, and the tests of the pages on security.
//!
//! Looks at words in backticks only. Not a check of links. Invariant: a row of those pages without a test that
//! exists is a violation.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::map::{quoted, table};
use super::{Violation, relative};

/// The documents that name paths: those at the root, and those under `docs`.
const FOLDERS: [&str; 4] = ["", "docs", "docs/security", "docs/reference"];

/// Only what starts so is taken for a path of the tree.
const PATH_STARTS: [&str; 3] = ["crates/", "xtask/", "docs/"];

/// The pages on which each row must name a test, with the heading of their tables. The tests stand in the last column.
const TESTED: [(&str, [&str; 3]); 2] = [
    (
        "docs/security/threat-model.md",
        ["who", "may not", "what holds it"],
    ),
    (
        "docs/security/lessons.md",
        ["what happened", "what went wrong", "what is different here"],
    ),
];

/// Every path that is not there, and every row on security without a test.
pub(super) fn check(root: &Path, files: &[PathBuf]) -> anyhow::Result<Vec<Violation>> {
    let mut found = Vec::new();
    for folder in FOLDERS.map(|folder| root.join(folder)) {
        for document in markdown(&folder)? {
            found.extend(paths(root, &document)?);
        }
    }
    for (page, heading) in TESTED {
        let page = root.join(page);
        if page.is_file() {
            found.extend(tests(root, &page, &heading, files)?);
        }
    }
    Ok(found)
}

/// The paths that one document names and the tree has not.
fn paths(root: &Path, document: &Path) -> anyhow::Result<Vec<Violation>> {
    let mut found = Vec::new();
    for (index, line) in read(document)?.lines().enumerate() {
        for path in quoted(line).into_iter().filter(|word| is_path(word)) {
            if !root.join(&path).exists() {
                found.push(Violation {
                    file: relative(root, document),
                    line: index + 1,
                    of: "documents".to_owned(),
                    what: format!("names `{path}`, which is not there"),
                });
            }
        }
    }
    Ok(found)
}

/// A path and not a pattern such as `crates/NAME`.
fn is_path(word: &str) -> bool {
    PATH_STARTS.iter().any(|start| word.starts_with(start))
        && !word.contains(|c: char| c.is_whitespace() || "*<{".contains(c))
        && !word.contains("NAME")
}

/// The rows of a page that name no test, or one that is not there.
fn tests(
    root: &Path,
    page: &Path,
    heading: &[&str],
    files: &[PathBuf],
) -> anyhow::Result<Vec<Violation>> {
    let functions = functions(files)?;
    let mut found = Vec::new();
    for (line, cells) in table(&read(page)?, heading)? {
        let named = quoted(cells.last().map_or("", String::as_str));
        let mut add = |what: String| {
            found.push(Violation {
                file: relative(root, page),
                line,
                of: "documents".to_owned(),
                what,
            });
        };
        if named.is_empty() {
            add("names no test".to_owned());
        }
        for name in named.iter().filter(|name| !functions.contains(*name)) {
            add(format!("names the test `{name}`, which is not there"));
        }
    }
    Ok(found)
}

/// The names of all functions without arguments, as tests are.
fn functions(files: &[PathBuf]) -> anyhow::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for path in files {
        let text = read(path)?;
        names.extend(
            text.lines()
                .filter_map(|line| {
                    line.trim_start()
                        .trim_start_matches("async ")
                        .strip_prefix("fn ")
                })
                .filter_map(|rest| rest.split_once("()"))
                .map(|(name, _)| name.to_owned()),
        );
    }
    Ok(names)
}

fn markdown(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder)
            .with_context(|| format!("cannot list {}", folder.display()))?
        {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    Ok(found)
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
