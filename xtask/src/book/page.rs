//! One page of Markdown: its title, the headings with their anchors, and where its links stand.
//!
//! Anchors are named as code forges name them, so that a link works there and in the book. Invariant: no two headings of a page
//! have the same anchor.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd};

use super::Fault;
use super::place::Place;

/// A page, read.
pub(super) struct Page {
    pub(super) place: Place,
    pub(super) text: String,
    /// The first heading.
    pub(super) title: String,
    pub(super) headings: Vec<Heading>,
    pub(super) links: Vec<Link>,
    /// What is wrong with the page, links aside.
    pub(super) faults: Vec<Fault>,
}

/// A heading of any level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    pub(super) level: HeadingLevel,
    pub(super) text: String,
    pub(super) anchor: String,
}

/// A link or a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// As it is written.
    pub(super) to: String,
    pub(super) line: usize,
    /// Whether it stands in a table below a heading of level 2, and in which.
    pub(super) row_of: Option<String>,
}

/// The events of a page, as the book reads Markdown.
pub(super) fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(
        text,
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES,
    )
}

impl Page {
    pub(super) fn new(place: Place, text: String) -> Self {
        let mut reading = Reading::default();
        for (event, range) in parser(&text).into_offset_iter() {
            reading.take(&event, &range, &text, &place);
        }
        let title = reading
            .headings
            .first()
            .map_or_else(|| place.to_string(), |heading| heading.text.clone());
        Self {
            title,
            headings: reading.headings,
            links: reading.links,
            faults: reading.faults,
            place,
            text,
        }
    }

    pub(super) fn has_anchor(&self, anchor: &str) -> bool {
        self.headings.iter().any(|heading| heading.anchor == anchor)
    }

    pub(super) fn fault(&self, line: usize, what: String) -> Fault {
        Fault {
            file: self.place.to_string(),
            line,
            what,
        }
    }
}

/// What was seen of a page so far.
#[derive(Default)]
struct Reading {
    headings: Vec<Heading>,
    links: Vec<Link>,
    faults: Vec<Fault>,
    /// The heading that is being read.
    open: Option<(HeadingLevel, String)>,
    chapter: String,
    in_table: bool,
    /// How often an anchor was made.
    anchors: BTreeMap<String, usize>,
}

impl Reading {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "most of Markdown is no heading and no link"
    )]
    fn take(&mut self, event: &Event<'_>, range: &Range<usize>, text: &str, place: &Place) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => self.open = Some((*level, String::new())),
            Event::End(TagEnd::Heading(_)) => self.close_heading(),
            Event::Text(words) | Event::Code(words) => {
                if let Some((_, heading)) = &mut self.open {
                    heading.push_str(words);
                }
            }
            Event::Start(Tag::Table(_)) => self.in_table = true,
            Event::End(TagEnd::Table) => self.in_table = false,
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) if *link_type != LinkType::Email => self.link(dest_url, line(text, range)),
            Event::Start(Tag::Image { dest_url, .. }) => self.link(dest_url, line(text, range)),
            Event::Html(html) | Event::InlineHtml(html) if !html.starts_with("<!--") => {
                self.faults.push(Fault {
                    file: place.to_string(),
                    line: line(text, range),
                    what: format!(
                        "{:?} is HTML; a placeholder stands in backticks",
                        html.trim()
                    ),
                });
            }
            _ => {}
        }
    }

    fn link(&mut self, to: &str, line: usize) {
        self.links.push(Link {
            to: to.to_owned(),
            line,
            row_of: self.in_table.then(|| self.chapter.clone()),
        });
    }

    fn close_heading(&mut self) {
        let Some((level, text)) = self.open.take() else {
            return;
        };
        if level == HeadingLevel::H2 {
            self.chapter.clone_from(&text);
        }
        let plain = anchor(&text);
        let seen = self.anchors.entry(plain.clone()).or_default();
        let anchor = match *seen {
            0 => plain,
            again => format!("{plain}-{again}"),
        };
        *seen += 1;
        self.headings.push(Heading {
            level,
            text,
            anchor,
        });
    }
}

/// The anchor of a heading: lower case, without punctuation, blanks as hyphens.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter_map(|letter| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            other => other.is_alphanumeric().then_some(other),
        })
        .collect()
}

/// The line at which a range begins, from 1 on.
fn line(text: &str, range: &Range<usize>) -> usize {
    let before = text.get(..range.start).unwrap_or_default();
    before.matches('\n').count() + 1
}
