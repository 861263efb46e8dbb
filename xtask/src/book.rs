//! `cargo xtask book`: the documentation as pages for a browser, in `target/book`.
//!
//! The pages are the Markdown files that `docs/README.md` lists, and those that these lead to; its tables are the navigation.
//! Nothing is fetched when a page is read. Not a site generator for others. Invariant: a book is written only if every link
//! in it leads somewhere, and the same files give the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::Outcome;
use crate::metadata::Metadata;

mod contents;
mod frame;
mod links;
mod page;
mod place;

use contents::Contents;
use links::Target;
use page::Page;
use place::Place;

/// What is wrong with the documentation at one line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

/// Every page that belongs to the book, read.
struct Book {
    contents: Contents,
    pages: BTreeMap<Place, Page>,
    /// Files that are no Markdown, and that pages lead to.
    others: BTreeSet<Place>,
}

/// Builds the book of the workspace.
///
/// # Errors
///
/// When a file cannot be read or written. Dead links are no error but an outcome.
pub(crate) fn run(metadata: &Metadata, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let folder = metadata.target_directory.join("book");
    let faults = build(&metadata.workspace_root, &folder)?;
    if faults.is_empty() {
        writeln!(out, "book: {}", folder.join("index.html").display())?;
        return Ok(Outcome::InOrder);
    }
    for fault in &faults {
        writeln!(out, "{}:{}: {}", fault.file, fault.line, fault.what)?;
    }
    writeln!(out, "book: {} faults; nothing was written", faults.len())?;
    Ok(Outcome::OutOfOrder)
}

/// Writes the book of the files at `root` into `folder`, in place of what is there, unless something is wrong.
///
/// # Errors
///
/// When a file cannot be read or written.
pub(crate) fn build(root: &Path, folder: &Path) -> anyhow::Result<Vec<Fault>> {
    let mut faults = Vec::new();
    let book = Book::read(root, &mut faults)?;
    faults.extend(book.unlisted(root)?);
    if faults.is_empty() {
        book.write(root, folder)?;
    }
    faults.sort();
    Ok(faults)
}

impl Book {
    /// Reads the pages, from the first on along their links. Links that lead nowhere become faults.
    fn read(root: &Path, faults: &mut Vec<Fault>) -> anyhow::Result<Self> {
        let first = Place::contents();
        let mut wanted = BTreeSet::from([first.clone()]);
        let mut pages = BTreeMap::new();
        let mut others = BTreeSet::new();
        while let Some(place) = wanted.pop_first() {
            let page = Page::new(place.clone(), read(&place.in_tree(root))?);
            for link in &page.links {
                match links::target(root, &place, &link.to) {
                    Ok(Target::Page(to, _)) if !pages.contains_key(&to) && to != place => {
                        wanted.insert(to);
                    }
                    Ok(Target::File(to)) => {
                        others.insert(to);
                    }
                    Ok(Target::Page(..) | Target::Elsewhere) => {}
                    Err(what) => faults.push(page.fault(link.line, what)),
                }
            }
            pages.insert(place, page);
        }
        for page in pages.values() {
            faults.extend(page.faults.iter().cloned());
            faults.extend(links::missing_anchors(root, page, &pages));
        }
        let contents = pages
            .get(&first)
            .map(|page| Contents::of(root, page))
            .context("the first page is gone")?;
        Ok(Self {
            contents,
            pages,
            others,
        })
    }

    /// The pages under `docs` that no table of the contents leads to.
    fn unlisted(&self, root: &Path) -> anyhow::Result<Vec<Fault>> {
        let mut faults = Vec::new();
        for path in markdown_below(&root.join("docs"))? {
            let Some(place) = Place::of(root, &path) else {
                continue;
            };
            if place != Place::contents() && !self.contents.lists(&place) {
                faults.push(Fault {
                    file: place.to_string(),
                    line: 1,
                    what: format!("no table of {} leads to this page", Place::contents()),
                });
            }
        }
        Ok(faults)
    }

    fn write(&self, root: &Path, folder: &Path) -> anyhow::Result<()> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)
                .with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        for page in self.pages.values() {
            let html = frame::page(root, page, &self.contents, &self.pages);
            write(&folder.join(page.place.output()), html.as_bytes())?;
        }
        for other in &self.others {
            let from = other.in_tree(root);
            if other.is_shown_as_code() {
                let html = frame::code(other, &read(&from)?, &self.contents, &self.pages);
                write(&folder.join(other.output()), html.as_bytes())?;
            } else {
                let octets = std::fs::read(&from)
                    .with_context(|| format!("cannot read {}", from.display()))?;
                write(&folder.join(other.output()), &octets)?;
            }
        }
        for (name, text) in frame::FILES {
            write(&folder.join(name), text.as_bytes())?;
        }
        let index = frame::search_index(&self.contents, &self.pages)?;
        write(&folder.join(frame::SEARCH_INDEX), index.as_bytes())
    }
}

/// Every Markdown file below a folder, in order.
fn markdown_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(markdown_below(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, octets: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
    }
    std::fs::write(path, octets).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests;
