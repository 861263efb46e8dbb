//! What cargo knows about this workspace: its packages, and which package uses which.
//!
//! Only the fields that the chores need of `cargo metadata --format-version 1`. Not a resolver: features are
//! those of the whole workspace together, for every platform, so that what is found absent is absent everywhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde::Deserialize;

/// The workspace as cargo sees it.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_members: Vec<PackageId>,
    pub(crate) workspace_root: PathBuf,
    pub(crate) target_directory: PathBuf,
    resolve: Resolve,
}

/// One package, of the workspace or from a registry.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: PackageId,
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
}

/// Cargo's name for one version of one package; opaque.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PackageId(String);

/// Why a package is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// By the program or its build script: it ends in what is shipped, or decides about it.
    Shipped,
    /// By tests only.
    Tests,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: PackageId,
    deps: Vec<NodeDependency>,
}

#[derive(Debug, Deserialize)]
struct NodeDependency {
    pkg: PackageId,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Debug, Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

/// Asks cargo about the workspace of `folder`, or of the current folder.
///
/// # Errors
///
/// When cargo cannot be started, fails (its own words follow), or answers in another shape.
pub(crate) fn read(folder: Option<&Path>) -> anyhow::Result<Metadata> {
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--format-version", "1"]);
    if let Some(folder) = folder {
        cargo.current_dir(folder);
    }
    let answer = cargo.output().context("cannot start cargo")?;
    if !answer.status.success() {
        bail!(
            "cargo metadata failed: {}",
            String::from_utf8_lossy(&answer.stderr).trim()
        );
    }
    serde_json::from_slice(&answer.stdout).context("cargo metadata answered in another shape")
}

impl Metadata {
    /// The packages of the workspace itself, by name.
    pub(crate) fn members(&self) -> Vec<&Package> {
        let mut members: Vec<&Package> = self
            .packages
            .iter()
            .filter(|package| self.workspace_members.contains(&package.id))
            .collect();
        members.sort_by(|a, b| a.name.cmp(&b.name));
        members
    }

    /// The name of a package.
    pub(crate) fn name_of(&self, id: &PackageId) -> &str {
        self.packages
            .iter()
            .find(|package| package.id == *id)
            .map_or("?", |package| &package.name)
    }

    /// What each package uses directly, and why; a package used for both reasons counts as shipped.
    pub(crate) fn uses(&self) -> BTreeMap<&PackageId, Vec<(&PackageId, Use)>> {
        self.resolve
            .nodes
            .iter()
            .map(|node| {
                (
                    &node.id,
                    node.deps
                        .iter()
                        .map(|used| (&used.pkg, used.reason()))
                        .collect(),
                )
            })
            .collect()
    }
}

impl NodeDependency {
    fn reason(&self) -> Use {
        if self
            .dep_kinds
            .iter()
            .all(|kind| kind.kind.as_deref() == Some("dev"))
        {
            Use::Tests
        } else {
            Use::Shipped
        }
    }
}
