//! Rows and forbidden packages: who may use whom.
//!
//! Reads cargo's graph of packages, never a source file. Invariant: a way from a crate to what it must not
//! reach is printed as a way, so that the reader sees which step to remove.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use anyhow::Context as _;

use super::map::{Entry, Map, Row, short_name};
use super::{Violation, relative};
use crate::metadata::{Metadata, Package, PackageId, Use};

/// What each package uses directly.
type Uses<'a> = BTreeMap<&'a PackageId, Vec<(&'a PackageId, Use)>>;

/// Every crate is on the map, uses lower rows only, and reaches no package that it must not.
pub(super) fn check(metadata: &Metadata, map: &Map) -> anyhow::Result<Vec<Violation>> {
    let uses = metadata.uses();
    let mut found = absent_crates(metadata, map);
    for package in metadata.members() {
        let manifest = Manifest::read(metadata, package)?;
        let Some(entry) = map.entry(short_name(&package.name)) else {
            found.push(manifest.violation(None, "is not on the map of ARCHITECTURE.md".to_owned()));
            continue;
        };
        found.extend(rows(metadata, map, entry, package, &manifest, &uses));
        found.extend(packages(metadata, map, entry, package, &manifest, &uses));
    }
    Ok(found)
}

/// Crates of the map that the workspace has not.
fn absent_crates(metadata: &Metadata, map: &Map) -> Vec<Violation> {
    let members: BTreeSet<&str> = metadata
        .members()
        .iter()
        .map(|package| short_name(&package.name))
        .collect();
    map.crates()
        .filter(|(name, _)| !members.contains(name))
        .map(|(name, entry)| Violation {
            file: "ARCHITECTURE.md".into(),
            line: entry.line,
            of: name.to_owned(),
            what: "is on the map, and the workspace has no such crate".to_owned(),
        })
        .collect()
}

/// A shipped crate uses lower rows only; a support crate may stand only among what tests use.
fn rows(
    metadata: &Metadata,
    map: &Map,
    entry: &Entry,
    package: &Package,
    manifest: &Manifest,
    uses: &Uses<'_>,
) -> Vec<Violation> {
    let Row::Shipped(own) = entry.row else {
        return Vec::new();
    };
    let mut found = Vec::new();
    // A crate names itself where its tests want its features.
    let uses = uses.get(&package.id).into_iter().flatten();
    for (id, reason) in uses.filter(|(id, _)| **id != package.id) {
        let name = metadata.name_of(id);
        let Some(used) = map.entry(short_name(name)) else {
            continue;
        };
        let what = match used.row {
            Row::Shipped(row) if row < own => continue,
            Row::Shipped(row) => {
                format!(
                    "row {own} uses `{}` of row {row}; a crate uses lower rows only",
                    short_name(name)
                )
            }
            Row::Support if *reason == Use::Tests => continue,
            Row::Support => format!(
                "uses the support crate `{}`; shipped crates may have it only as a dev-dependency",
                short_name(name)
            ),
        };
        found.push(manifest.violation(Some(name), what));
    }
    found
}

/// No forbidden package is reached by what is shipped of this crate.
fn packages(
    metadata: &Metadata,
    map: &Map,
    entry: &Entry,
    package: &Package,
    manifest: &Manifest,
    uses: &Uses<'_>,
) -> Vec<Violation> {
    let ways = ways(package, uses);
    let mut found = Vec::new();
    for (word, meaning) in map.never(entry) {
        for (reached, way) in &ways {
            if meaning
                .packages
                .iter()
                .any(|forbidden| forbidden == metadata.name_of(reached))
            {
                let names: Vec<&str> = way.iter().map(|id| metadata.name_of(id)).collect();
                let what = format!(
                    "never contains `{word}`, and reaches it by {}",
                    names.join(" -> ")
                );
                found.push(manifest.violation(names.get(1).copied(), what));
            }
        }
    }
    found
}

/// The shortest way from a package to each package that it uses, however far, tests aside.
fn ways<'a>(from: &'a Package, uses: &Uses<'a>) -> BTreeMap<&'a PackageId, Vec<&'a PackageId>> {
    let mut ways = BTreeMap::from([(&from.id, vec![&from.id])]);
    let mut next = VecDeque::from([&from.id]);
    while let Some(id) = next.pop_front() {
        let way = ways.get(id).cloned().unwrap_or_default();
        for (used, reason) in uses.get(id).into_iter().flatten() {
            if *reason == Use::Shipped && !ways.contains_key(used) {
                ways.insert(used, way.iter().copied().chain([*used]).collect());
                next.push_back(used);
            }
        }
    }
    ways.remove(&from.id);
    ways
}

/// A crate's `Cargo.toml`, to point into it.
struct Manifest {
    file: std::path::PathBuf,
    of: String,
    text: String,
}

impl Manifest {
    fn read(metadata: &Metadata, package: &Package) -> anyhow::Result<Self> {
        let path: &Path = &package.manifest_path;
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self {
            file: relative(&metadata.workspace_root, path),
            of: short_name(&package.name).to_owned(),
            text,
        })
    }

    /// A violation at the line that names `dependency`, else at the first.
    fn violation(&self, dependency: Option<&str>, what: String) -> Violation {
        let names = |line: &str, name: &str| {
            line.trim_start()
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with([' ', '.', '=']))
        };
        let line = dependency
            .and_then(|name| self.text.lines().position(|line| names(line, name)))
            .map_or(1, |index| index + 1);
        Violation {
            file: self.file.clone(),
            line,
            of: self.of.clone(),
            what,
        }
    }
}
