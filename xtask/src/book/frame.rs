//! Pages in HTML: the text of a page, with the navigation beside it.
//!
//! No page needs more than the style sheet and the two scripts of the search that lie beside it; without scripts all but the search
//! works. Invariant: text of a file gets into a page escaped, but for Markdown's own HTML comments.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Tag, TagEnd, html};

use super::contents::Contents;
use super::links;
use super::page::{self, Page};
use super::place::Place;

/// Files that lie beside the pages as they are.
pub(super) const FILES: [(&str, &str); 2] = [
    ("book.css", include_str!("book.css")),
    ("search.js", include_str!("search.js")),
];

/// What the search looks through.
pub(super) const SEARCH_INDEX: &str = "search-index.js";

/// The name of the book.
const BOOK: &str = "Trustpack";

/// A page of Markdown.
pub(super) fn page(
    root: &Path,
    page: &Page,
    contents: &Contents,
    pages: &BTreeMap<Place, Page>,
) -> String {
    let mut text = String::new();
    html::push_html(&mut text, events(root, page, pages).into_iter());
    framed(&page.place, &page.title, &text, contents, pages)
}

/// A file that is shown as it is.
pub(super) fn code(
    place: &Place,
    text: &str,
    contents: &Contents,
    pages: &BTreeMap<Place, Page>,
) -> String {
    let title = place.to_string();
    let text = format!(
        "<h1>{}</h1>\n<pre><code>{}</code></pre>\n",
        escaped(&title),
        escaped(text)
    );
    framed(place, &title, &text, contents, pages)
}

/// What a page says, with anchors at its headings and links that lead within the book.
fn events<'a>(root: &Path, page: &'a Page, pages: &'a BTreeMap<Place, Page>) -> Vec<Event<'a>> {
    let mut events = Vec::new();
    // The path of the link that is open, and where it leads.
    let mut link: Option<(CowStr<'a>, &'a Page)> = None;
    let mut anchors = page.headings.iter().map(|heading| heading.anchor.as_str());
    let mut anchor = "";
    for event in page::parser(&page.text) {
        if matches!(event, Event::Start(Tag::Heading { .. })) {
            anchor = anchors.next().unwrap_or_default();
        }
        if let Event::Start(Tag::Link { dest_url, .. }) = &event {
            let target = links::page_of(root, &page.place, dest_url);
            let target = target.and_then(|target| pages.get(&target));
            link = target.map(|target| (dest_url.clone(), target));
        }
        // A path says where the text of a page lies; whoever reads the book wants its title.
        let event = match (&event, &link) {
            (Event::Code(text), Some((path, target)))
                if path.strip_suffix("/README.md").unwrap_or(path) == text.as_ref()
                    || path == text =>
            {
                Event::Text(target.title.as_str().into())
            }
            _ => event,
        };
        let event = moved(root, &page.place, event, anchor);
        let before = before(&event);
        let after = after(&event);
        if let Event::End(TagEnd::Heading(_)) = event {
            events.push(raw(format!(
                " <a class=\"anchor\" href=\"#{}\" aria-label=\"Link to this heading\">#</a>",
                escaped(anchor)
            )));
        }
        events.extend(before.map(raw));
        events.push(event);
        events.extend(after.map(|after| raw(after.to_owned())));
    }
    events
}

/// An event with its link as the book has it, and a heading with its anchor.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most of Markdown is written as it is"
)]
fn moved<'a>(root: &Path, place: &Place, event: Event<'a>, anchor: &'a str) -> Event<'a> {
    match event {
        Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
            level,
            id: Some(CowStr::from(anchor)),
            classes: Vec::new(),
            attrs: Vec::new(),
        }),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: links::in_book(root, place, &dest_url).into(),
            title,
            id,
        }),
        Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Image {
            link_type,
            dest_url: links::in_book(root, place, &dest_url).into(),
            title,
            id,
        }),
        other => other,
    }
}

/// What stands before an event: wide tables scroll by themselves, and a picture leads to its file.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most of Markdown stands by itself"
)]
fn before(event: &Event<'_>) -> Option<String> {
    match event {
        Event::Start(Tag::Table(_)) => Some("<div class=\"table\">".to_owned()),
        Event::Start(Tag::Image { dest_url, .. }) => {
            Some(format!("<a href=\"{}\">", escaped(dest_url)))
        }
        _ => None,
    }
}

/// The end of what stands before.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most of Markdown stands by itself"
)]
fn after(event: &Event<'_>) -> Option<&'static str> {
    match event {
        Event::End(TagEnd::Table) => Some("</div>"),
        Event::End(TagEnd::Image) => Some("</a>"),
        _ => None,
    }
}

fn raw<'a>(html: String) -> Event<'a> {
    Event::InlineHtml(html.into())
}

/// A whole page around its text.
fn framed(
    place: &Place,
    title: &str,
    text: &str,
    contents: &Contents,
    pages: &BTreeMap<Place, Page>,
) -> String {
    let file = |name: &str| place.leads_to(name);
    let navigation = navigation(place, contents, pages);
    let ends = ends(place, contents, pages);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title} - {BOOK}</title>\n<link rel=\"stylesheet\" href=\"{style}\">\n\
         <script defer src=\"{index}\"></script>\n<script defer src=\"{search}\"></script>\n</head>\n\
         <body data-root=\"{here}\">\n<nav aria-label=\"Pages\">\n{navigation}</nav>\n<main>\n{text}{ends}</main>\n</body>\n</html>\n",
        title = escaped(title),
        style = file("book.css"),
        index = file(SEARCH_INDEX),
        search = file("search.js"),
        here = file(""),
    )
}

/// The list of all pages; the part that the page belongs to is open.
fn navigation(place: &Place, contents: &Contents, pages: &BTreeMap<Place, Page>) -> String {
    let mut text = format!(
        "<p class=\"book\"><a href=\"{}\">{BOOK}</a></p>\n\
         <input class=\"menu\" type=\"checkbox\" id=\"menu\"><label for=\"menu\">All pages</label>\n",
        place.leads_to(&Place::contents().output())
    );
    for part in &contents.parts {
        let open = if part.pages.contains(place) || *place == Place::contents() {
            " open"
        } else {
            ""
        };
        // Writing into a string does not fail.
        let _ = writeln!(
            text,
            "<details{open}><summary>{}</summary>\n<ul>",
            escaped(&part.title)
        );
        for listed in part.pages.iter().filter_map(|listed| pages.get(listed)) {
            let current = if listed.place == *place {
                " aria-current=\"page\""
            } else {
                ""
            };
            let _ = writeln!(
                text,
                "<li><a href=\"{}\"{current}>{}</a></li>",
                place.leads_to(&listed.place.output()),
                escaped(&listed.title)
            );
        }
        text.push_str("</ul></details>\n");
    }
    text
}

/// The way to the pages before and after this one.
fn ends(place: &Place, contents: &Contents, pages: &BTreeMap<Place, Page>) -> String {
    let link = |to: Option<&Place>, direction: &str, sign: &str| {
        let to = to.and_then(|to| pages.get(to));
        to.map_or_else(String::new, |to| {
            format!(
                "<a rel=\"{direction}\" href=\"{}\">{sign} {}</a>\n",
                place.leads_to(&to.place.output()),
                escaped(&to.title)
            )
        })
    };
    let (before, after) = contents.neighbours(place);
    format!(
        "<footer>\n{}{}</footer>\n",
        link(before, "prev", "Before:"),
        link(after, "next", "Next:")
    )
}

/// All titles and headings with where they are, as a script: a page that is opened as a file may load no data otherwise.
///
/// # Errors
///
/// When JSON cannot be made of them, which does not happen.
pub(super) fn search_index(
    contents: &Contents,
    pages: &BTreeMap<Place, Page>,
) -> anyhow::Result<String> {
    let mut entries: Vec<[String; 3]> = Vec::new();
    for page in contents.order().filter_map(|place| pages.get(place)) {
        for heading in &page.headings {
            let place = page.place.output();
            let (below, at) = match heading.level {
                HeadingLevel::H1 => (String::new(), place),
                HeadingLevel::H2
                | HeadingLevel::H3
                | HeadingLevel::H4
                | HeadingLevel::H5
                | HeadingLevel::H6 => (page.title.clone(), format!("{place}#{}", heading.anchor)),
            };
            entries.push([heading.text.clone(), below, at]);
        }
    }
    let entries = serde_json::to_string(&entries).context("the index of headings")?;
    Ok(format!("window.bookIndex = {entries};\n"))
}

/// Text as it stands in HTML, in attributes too.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}
