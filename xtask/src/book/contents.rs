//! The order of the book: the tables of `docs/README.md`.
//!
//! A heading of level 2 is a part, and every page that a table below it leads to is a chapter. What a table leads to twice
//! counts once. Not a second list: who adds a page writes it there, for readers of the folder too.

use std::path::Path;

use super::links::{self, Target};
use super::page::Page;
use super::place::Place;

/// The parts of the book, in order.
pub(super) struct Contents {
    pub(super) parts: Vec<Part>,
}

/// A heading of the contents with its pages.
pub(super) struct Part {
    pub(super) title: String,
    pub(super) pages: Vec<Place>,
}

impl Contents {
    pub(super) fn of(root: &Path, page: &Page) -> Self {
        let mut contents = Self { parts: Vec::new() };
        for link in &page.links {
            let Some(part) = &link.row_of else {
                continue;
            };
            if let Ok(Target::Page(place, _)) = links::target(root, &page.place, &link.to) {
                contents.add(part, place);
            }
        }
        contents
    }

    fn add(&mut self, title: &str, place: Place) {
        if self.lists(&place) {
            return;
        }
        match self.parts.last_mut() {
            Some(part) if part.title == title => part.pages.push(place),
            Some(_) | None => self.parts.push(Part {
                title: title.to_owned(),
                pages: vec![place],
            }),
        }
    }

    pub(super) fn lists(&self, place: &Place) -> bool {
        self.order().any(|listed| listed == place)
    }

    /// All pages, from the first to the last.
    pub(super) fn order(&self) -> impl Iterator<Item = &Place> {
        self.parts.iter().flat_map(|part| &part.pages)
    }

    /// The pages before and after one.
    pub(super) fn neighbours(&self, place: &Place) -> (Option<&Place>, Option<&Place>) {
        let before = self.order().take_while(|listed| *listed != place).last();
        let after = self.order().skip_while(|listed| *listed != place).nth(1);
        if self.lists(place) {
            (before, after)
        } else {
            (None, None)
        }
    }
}
