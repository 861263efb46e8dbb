//! Reads `[section]` and `name = value`.
//!
//! A comment begins with `#` or `;` as the first character of a line that is no blank, and nowhere else.
//! Invariant: each line is a section, an assignment, empty, a comment, or has a mistake.

use super::{Content, MAX_LINE_BYTES, Mistake, Raw, Read, lines_of};
use crate::secret::Secret;

/// The section with the TLS options.
pub(super) const SECURITY: &str = "security";

/// The section that the lines belong to.
enum Section {
    /// Before the first one.
    None,
    Named(String),
    /// Its header has a mistake; nobody knows what its lines belong to.
    Unclear,
}

pub(super) fn read(text: &str) -> Read {
    let mut read = Read::default();
    let mut section = Section::None;
    for (at, line) in lines_of(text) {
        let bare = line.trim_start();
        let start = at + (line.len() - bare.len());
        let bare = bare.trim_end();
        let range = start..start + bare.len();
        if bare.is_empty() || bare.starts_with(['#', ';']) || line.len() > MAX_LINE_BYTES {
            continue;
        }
        if let Some(header) = bare.strip_prefix('[') {
            section = match header.strip_suffix(']') {
                Some(name) if !name.contains([']', '[']) && !name.is_empty() => {
                    if let Some(mistake) = misspelt(name) {
                        read.mistakes.push((range, mistake));
                    }
                    Section::Named(name.to_owned())
                }
                Some(_) | None => {
                    read.mistakes.push((range, Mistake::Section));
                    Section::Unclear
                }
            };
            continue;
        }
        let Some((name, value)) = bare.split_once('=') else {
            read.mistakes.push((range, Mistake::NoAssignment));
            continue;
        };
        let name = name.trim_end();
        if name.is_empty() {
            read.mistakes.push((range, Mistake::NoName));
            continue;
        }
        let value = value.trim_start();
        let raw = Raw {
            section: None,
            name: name.to_owned(),
            name_bytes: start..start + name.len(),
            content: Content::Plain(Secret::new(value)),
            value: range.end - value.len()..range.end,
        };
        match &section {
            Section::Named(section) => read.assignments.push(Raw {
                section: Some(section.clone()),
                ..raw
            }),
            Section::None => read.mistakes.push((range, Mistake::NoSection)),
            // The header has its mistake already.
            Section::Unclear => {}
        }
    }
    read
}

/// A section that was probably meant to be the one with the TLS options.
fn misspelt(name: &str) -> Option<Mistake> {
    let meant = name.trim().eq_ignore_ascii_case(SECURITY) && name != SECURITY;
    meant.then(|| Mistake::SectionSpelling {
        written: name.chars().take(SECURITY.len() + 8).collect(),
        right: SECURITY,
    })
}
