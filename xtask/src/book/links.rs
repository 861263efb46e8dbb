//! Where links lead: to a page of the book, to a file beside it, or away.
//!
//! What lies elsewhere is looked at in its form only; nothing is fetched. Invariant: whatever is not understood is dead.

use std::collections::BTreeMap;
use std::path::Path;

use super::Fault;
use super::page::Page;
use super::place::Place;

/// How links to other sites may begin.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Another site, or a mail address.
    Elsewhere,
    /// A page, and perhaps a heading of it.
    Page(Place, Option<String>),
    /// A file that is no Markdown.
    File(Place),
}

/// What `to` means on the page `from`, or what is wrong with it.
pub(super) fn target(root: &Path, from: &Place, to: &str) -> Result<Target, String> {
    if let Some(rest) = SCHEMES.iter().find_map(|scheme| to.strip_prefix(scheme)) {
        return elsewhere(to, rest);
    }
    if to.contains("://") {
        return Err(format!(
            "{to} begins in a way that is not known; it may with {}",
            SCHEMES.join(", ")
        ));
    }
    let (path, anchor) = match to.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor.to_owned())),
        None => (to, None),
    };
    if path.is_empty() {
        return match anchor {
            Some(anchor) if !anchor.is_empty() => Ok(Target::Page(from.clone(), Some(anchor))),
            Some(_) | None => Err(format!("the link {to:?} leads nowhere")),
        };
    }
    let place = from
        .join(path)
        .ok_or_else(|| format!("{to} leads out of the repository"))?;
    inside(root, place, anchor, to)
}

fn elsewhere(to: &str, rest: &str) -> Result<Target, String> {
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() || to.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(format!("{to} is no address"));
    }
    Ok(Target::Elsewhere)
}

fn inside(root: &Path, place: Place, anchor: Option<String>, to: &str) -> Result<Target, String> {
    let mut place = place;
    if place.in_tree(root).is_dir() {
        place = Place::of(root, &place.in_tree(root).join("README.md"))
            .filter(|page| page.in_tree(root).is_file())
            .ok_or_else(|| format!("{to} is a folder without README.md"))?;
    }
    if !place.in_tree(root).is_file() {
        return Err(format!("{to} is not there"));
    }
    if place.is_markdown() {
        return Ok(Target::Page(place, anchor));
    }
    match anchor {
        None => Ok(Target::File(place)),
        Some(anchor) => Err(format!("{place} is no page that has an anchor #{anchor}")),
    }
}

/// The links of a page to headings that are not there.
pub(super) fn missing_anchors(
    root: &Path,
    page: &Page,
    pages: &BTreeMap<Place, Page>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for link in &page.links {
        let Ok(Target::Page(place, Some(anchor))) = target(root, &page.place, &link.to) else {
            continue;
        };
        let there = pages.get(&place).is_some_and(|to| to.has_anchor(&anchor));
        if !there {
            faults.push(page.fault(link.line, format!("{place} has no heading #{anchor}")));
        }
    }
    faults
}

/// The page as a whole that a link leads to, if it leads to one.
pub(super) fn page_of(root: &Path, from: &Place, to: &str) -> Option<Place> {
    match target(root, from, to) {
        Ok(Target::Page(place, None)) => Some(place),
        Ok(Target::Page(_, Some(_)) | Target::File(_) | Target::Elsewhere) | Err(_) => None,
    }
}

/// The link as it stands in the book; a dead one, which no book has, stays as it was written.
pub(super) fn in_book(root: &Path, from: &Place, to: &str) -> String {
    match target(root, from, to) {
        Ok(Target::Page(place, anchor)) => {
            let mut link = from.leads_to(&place.output());
            if let Some(anchor) = anchor {
                link.push('#');
                link.push_str(&anchor);
            }
            link
        }
        Ok(Target::File(place)) => from.leads_to(&place.output()),
        Ok(Target::Elsewhere) | Err(_) => to.to_owned(),
    }
}
