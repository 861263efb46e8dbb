//! The map of `ARCHITECTURE.md`: which crate stands in which row, and what it never contains.
//!
//! Reads two tables, found by their headings: `| row | crate | ...` and `| word | packages | code |`. In the
//! last column of the first, words in backticks are checked and must stand in the second; words without are for
//! readers. Invariant: every word of the map has a meaning, else reading fails.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};

/// The whole map.
#[derive(Debug)]
pub(super) struct Map {
    /// By the crate's short name (`tls` for the package `trustpack-tls`).
    crates: BTreeMap<String, Entry>,
    words: BTreeMap<String, Forbidden>,
}

/// One line of the first table.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) row: Row,
    /// Words of the second table.
    pub(super) never: Vec<String>,
    /// Where the line stands, from 1.
    pub(super) line: usize,
}

/// Where a crate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Row {
    /// Shipped; uses lower numbers only.
    Shipped(u8),
    /// For tests and chores: may use everything, and nothing shipped may use it.
    Support,
}

/// What one word of the "never" column stands for.
#[derive(Debug, Default)]
pub(super) struct Forbidden {
    /// Packages that must not be reached, however far.
    pub(super) packages: Vec<String>,
    /// Forms that must not stand in the crate's own sources.
    pub(super) code: Vec<Form>,
}

/// A form of source text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `std::fs`: this path, or one below it. `tokio::` is one below it only.
    Path {
        segments: Vec<String>,
        below_only: bool,
    },
    /// `.exists()`: a call of a method of this name.
    Method(String),
    /// `async`: this word by itself.
    Word(String),
}

impl Map {
    /// Reads the map from a Markdown file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, has not both tables, or says something that has no meaning.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Self::from_markdown(&text).with_context(|| format!("{}", path.display()))
    }

    fn from_markdown(text: &str) -> anyhow::Result<Self> {
        let mut map = Self {
            crates: BTreeMap::new(),
            words: BTreeMap::new(),
        };
        for (line, cells) in table(text, &["row", "crate"])? {
            map.add_crate(line, &cells)
                .with_context(|| format!("line {line}"))?;
        }
        for (line, cells) in table(text, &["word", "packages", "code"])? {
            map.add_word(&cells)
                .with_context(|| format!("line {line}"))?;
        }
        for (name, entry) in &map.crates {
            for word in &entry.never {
                if !map.words.contains_key(word) {
                    bail!(
                        "line {}: `{name}` never contains `{word}`, which the table of words does not explain",
                        entry.line
                    );
                }
            }
        }
        Ok(map)
    }

    fn add_crate(&mut self, line: usize, cells: &[String]) -> anyhow::Result<()> {
        let [row, name, _, never] = cells else {
            bail!("{} columns; it must be 4", cells.len())
        };
        let row =
            match row.as_str() {
                "support" => Row::Support,
                number => Row::Shipped(number.parse().with_context(|| {
                    format!("row {number:?}; it must be a number or \"support\"")
                })?),
            };
        for name in quoted(name) {
            let entry = Entry {
                row,
                never: quoted(never),
                line,
            };
            if self.crates.insert(name.clone(), entry).is_some() {
                bail!("`{name}` is on the map twice");
            }
        }
        Ok(())
    }

    fn add_word(&mut self, cells: &[String]) -> anyhow::Result<()> {
        let [words, packages, code] = cells else {
            bail!("{} columns; it must be 3", cells.len())
        };
        for word in quoted(words) {
            let code = quoted(code).iter().map(|form| Form::parse(form)).collect();
            if self
                .words
                .insert(
                    word.clone(),
                    Forbidden {
                        packages: quoted(packages),
                        code,
                    },
                )
                .is_some()
            {
                bail!("`{word}` is explained twice");
            }
        }
        Ok(())
    }

    /// The line of a crate; `name` as the map has it.
    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.crates.get(name)
    }

    /// All crates of the map, by name.
    pub(super) fn crates(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.crates
            .iter()
            .map(|(name, entry)| (name.as_str(), entry))
    }

    /// What a crate never contains: each word with its meaning.
    pub(super) fn never<'a>(
        &'a self,
        entry: &'a Entry,
    ) -> impl Iterator<Item = (&'a str, &'a Forbidden)> {
        entry
            .never
            .iter()
            .filter_map(|word| self.words.get_key_value(word))
            .map(|(word, meaning)| (word.as_str(), meaning))
    }
}

impl Form {
    fn parse(text: &str) -> Self {
        if let Some(method) = text
            .strip_prefix('.')
            .and_then(|rest| rest.strip_suffix("()"))
        {
            return Self::Method(method.to_owned());
        }
        if let Some(root) = text.strip_suffix("::") {
            return Self::Path {
                segments: root.split("::").map(str::to_owned).collect(),
                below_only: true,
            };
        }
        if text.contains("::") {
            return Self::Path {
                segments: text.split("::").map(str::to_owned).collect(),
                below_only: false,
            };
        }
        Self::Word(text.to_owned())
    }
}

/// The name of a package on the map: its folder's name under `crates`.
pub(super) fn short_name(package: &str) -> &str {
    package.strip_prefix("trustpack-").unwrap_or(package)
}

/// The lines of all tables whose heading starts with `heading`, each with its line number.
///
/// # Errors
///
/// When there is no such table.
pub(super) fn table(text: &str, heading: &[&str]) -> anyhow::Result<Vec<(usize, Vec<String>)>> {
    let is_heading = |cells: &[String]| {
        cells
            .iter()
            .map(String::as_str)
            .take(heading.len())
            .eq(heading.iter().copied())
    };
    let mut found = None;
    let mut lines = text.lines().enumerate();
    while let Some((_, line)) = lines.next() {
        if !is_heading(&cells(line)) {
            continue;
        }
        let rows = lines
            .by_ref()
            .skip(1)
            .map(|(index, line)| (index + 1, cells(line)))
            .take_while(|(_, cells)| !cells.is_empty());
        found.get_or_insert_with(Vec::new).extend(rows);
    }
    found.with_context(|| format!("no table with the heading | {} |", heading.join(" | ")))
}

/// The cells of one line of a table; nothing for another line.
fn cells(line: &str) -> Vec<String> {
    let Some(inner) = line
        .trim()
        .strip_prefix('|')
        .and_then(|rest| rest.strip_suffix('|'))
    else {
        return Vec::new();
    };
    inner
        .split('|')
        .map(|cell| cell.trim().to_owned())
        .collect()
}

/// The words in backticks of one cell.
pub(super) fn quoted(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}
