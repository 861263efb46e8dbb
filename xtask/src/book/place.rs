//! Where a file stands in the repository, and where in the book.
//!
//! Invariant: a place lies inside the repository, and has no `.` or `..` in it.

use std::fmt;
use std::path::{Component, Path, PathBuf};

/// The page that lists all others.
const CONTENTS: &str = "docs/README.md";

/// What a browser shows by itself; other files that are no Markdown become pages with their text.
const SHOWN_BY_BROWSERS: [&str; 3] = ["svg", "json", "png"];

/// A path relative to the root of the repository, with `/` between its parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(String);

impl Place {
    /// The page that lists all others.
    pub(super) fn contents() -> Self {
        Self(CONTENTS.to_owned())
    }

    /// The place of a path of the tree; `None` outside of it.
    pub(super) fn of(root: &Path, path: &Path) -> Option<Self> {
        Self::from_parts(path.strip_prefix(root).ok()?)
    }

    /// What `relative` means in a link of this page; `None` where it leads out of the repository.
    pub(super) fn join(&self, relative: &str) -> Option<Self> {
        let folder = Path::new(&self.0).parent().unwrap_or_else(|| Path::new(""));
        Self::from_parts(&folder.join(relative))
    }

    fn from_parts(path: &Path) -> Option<Self> {
        let mut parts: Vec<&str> = Vec::new();
        for part in path.components() {
            match part {
                Component::Normal(name) => parts.push(name.to_str()?),
                Component::ParentDir => {
                    parts.pop()?;
                }
                Component::CurDir => {}
                Component::RootDir | Component::Prefix(_) => return None,
            }
        }
        Some(Self(parts.join("/")))
    }

    pub(super) fn in_tree(&self, root: &Path) -> PathBuf {
        root.join(&self.0)
    }

    fn extension(&self) -> Option<&str> {
        Path::new(&self.0).extension()?.to_str()
    }

    pub(super) fn is_markdown(&self) -> bool {
        self.extension() == Some("md")
    }

    /// A file whose text is shown on a page of its own.
    pub(super) fn is_shown_as_code(&self) -> bool {
        !self.is_markdown()
            && !self
                .extension()
                .is_some_and(|extension| SHOWN_BY_BROWSERS.contains(&extension))
    }

    /// The file of the book, relative to its folder: what is in `docs` lies at its root.
    pub(super) fn output(&self) -> String {
        if self.0 == CONTENTS {
            return "index.html".to_owned();
        }
        let path = self.0.strip_prefix("docs/").unwrap_or(&self.0);
        match path.strip_suffix(".md") {
            Some(stem) => format!("{stem}.html"),
            None if self.is_shown_as_code() => format!("{path}.html"),
            None => path.to_owned(),
        }
    }

    /// What leads from the file of this place to another file of the book.
    pub(super) fn leads_to(&self, output: &str) -> String {
        let depth = self.output().matches('/').count();
        format!("{}{output}", "../".repeat(depth))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
