//! The "never" column in the sources: paths, methods and words that a crate must not use.
//!
//! Works on tokens, so that comments and strings do not count and macros do; knows `use` with braces, `as` and
//! globs, and resolves a path by the imports of its file. It does not know types: a method is known by its name
//! only. Tests are not looked at: `tests/`, `benches/`, `examples/`, and items and modules under `#[cfg(test)]`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::map::{Forbidden, Form, Map, short_name};
use super::{Violation, relative};
use crate::metadata::Metadata;

mod paths;
mod tokens;

use paths::{Mention, Source};

/// Every forbidden form in the sources of the crates of the map.
pub(super) fn check(
    metadata: &Metadata,
    map: &Map,
    files: &[PathBuf],
) -> anyhow::Result<Vec<Violation>> {
    let mut found = Vec::new();
    for package in metadata.members() {
        let name = short_name(&package.name);
        let Some(entry) = map.entry(name) else {
            continue;
        };
        let never: Vec<(&str, &Forbidden)> = map.never(entry).collect();
        let Some(folder) = package.manifest_path.parent() else {
            continue;
        };
        if never.is_empty() {
            continue;
        }
        for (path, source) in shipped_sources(folder, files)? {
            for (word, mention) in forbidden(&never, &source) {
                found.push(Violation {
                    file: relative(&metadata.workspace_root, &path),
                    line: mention.line,
                    of: name.to_owned(),
                    what: format!("never contains `{word}`, and here is `{}`", mention.text()),
                });
            }
        }
    }
    Ok(found)
}

/// The mentions that one of the words forbids.
fn forbidden<'a>(
    never: &'a [(&'a str, &'a Forbidden)],
    source: &'a Source,
) -> impl Iterator<Item = (&'a str, &'a Mention)> {
    never.iter().flat_map(|(word, meaning)| {
        source
            .mentions
            .iter()
            .filter(|mention| meaning.code.iter().any(|form| matches(form, mention)))
            .map(|mention| (*word, mention))
    })
}

fn matches(form: &Form, mention: &Mention) -> bool {
    match form {
        Form::Method(name) => mention.is_method && mention.segments.iter().eq([name]),
        Form::Word(word) => !mention.is_method && mention.segments.iter().eq([word]),
        Form::Path {
            segments,
            below_only,
        } => {
            if mention.is_method {
                return false;
            }
            // `use std::*` brings in everything under `std`: it counts as each path that it may bring in.
            let glob = mention
                .segments
                .split_last()
                .filter(|(last, _)| *last == "*")
                .map(|(_, start)| start);
            let longer = mention.segments.len() > segments.len() || !below_only;
            (longer && mention.segments.starts_with(segments))
                || glob.is_some_and(|start| segments.starts_with(start))
        }
    }
}

/// The sources of one crate that are not tests, read.
fn shipped_sources(folder: &Path, files: &[PathBuf]) -> anyhow::Result<Vec<(PathBuf, Source)>> {
    let mut sources = BTreeMap::new();
    let mut tests = BTreeSet::new();
    let is_ours =
        |path: &&PathBuf| path.starts_with(folder.join("src")) || **path == folder.join("build.rs");
    for path in files.iter().filter(is_ours) {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let source = Source::parse(&text)
            .with_context(|| format!("cannot read {} as Rust", path.display()))?;
        tests.extend(
            source
                .test_modules
                .iter()
                .map(|module| module_folder(path).join(module)),
        );
        tests.extend(
            source
                .test_files
                .iter()
                .map(|file| path.with_file_name(file)),
        );
        sources.insert(path.clone(), source);
    }
    // A test module `tests` is `tests.rs`, `tests/mod.rs` and whatever stands in the folder `tests`.
    let is_test = |path: &Path| {
        tests
            .iter()
            .any(|test| path == test || path.with_extension("") == *test || path.starts_with(test))
    };
    Ok(sources
        .into_iter()
        .filter(|(path, _)| !is_test(path))
        .collect())
}

/// Where the modules that a file declares are.
fn module_folder(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default();
    if stem == "lib" || stem == "main" || stem == "mod" {
        path.with_file_name("")
    } else {
        path.with_extension("")
    }
}
