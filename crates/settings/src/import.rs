//! A fleet file from an export of configuration objects.
//!
//! Tolerant: what cannot be taken is passed over and told. Not here: whether the fleet is as it should be, which
//! `fleet check` says of the result. The shapes are described in `docs/reference/import.md`.
//! Invariant: every value that is taken stands in the result character for character, and the result reads as a fleet
//! file.

mod attributes;
mod draft;
mod json;
mod records;
mod rows;
mod toml_text;

use std::collections::BTreeMap;

use trustpack_x509::dns::DnsName;
use zeroize::Zeroizing;

use crate::place::ApplicationName;
use crate::span::Spot;
use crate::value::AbsolutePath;
use draft::Draft;
use records::{Object, Record, Said};

/// Largest export, in bytes: as much as a fleet file may have.
pub const MAX_EXPORT_BYTES: usize = crate::fleet_file::MAX_FILE_BYTES;
/// Most different things that are listed as passed over; the rest is counted. Our own limit.
const MAX_LISTED: usize = 10_000;

/// An export and the path it came from.
#[derive(Clone, Copy)]
pub struct Export<'a> {
    /// The path, as messages show it.
    pub path: &'a str,
    /// What is in the file. There may be passwords in it.
    pub octets: &'a [u8],
}

/// An application that reads its options from a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnFileOf {
    /// Which application.
    pub application: ApplicationName,
    /// Its host, if the export may lack the application.
    pub host: Option<DnsName>,
    /// The file on that host.
    pub path: AbsolutePath,
}

/// What an import gives.
#[derive(Debug)]
pub struct Imported {
    /// The fleet file. There may be passwords in it.
    pub fleet: Zeroizing<String>,
    /// What became of the export.
    pub report: Report,
}

/// What was taken and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Hosts in the fleet file.
    pub hosts: usize,
    /// Applications in it.
    pub applications: usize,
    /// Ports in it.
    pub ports: usize,
    /// Connections in it.
    pub connections: usize,
    /// Options of `[security]` in it, of hosts and applications.
    pub options: usize,
    /// What is not in it, by where it first stands.
    pub passed_over: Vec<PassedOver>,
    /// Different things that were passed over and are not in the list, which has an end.
    pub not_listed: usize,
}

/// Something that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// Where it stands, the first time.
    pub spot: Spot,
    /// What it is.
    pub what: String,
    /// Why it was not taken.
    pub why: String,
    /// How often that was.
    pub times: usize,
}

/// Octets are no export.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidExport {
    /// More than is read.
    #[error("{path} has {bytes} bytes; at most {MAX_EXPORT_BYTES} are read")]
    TooLarge {
        /// Which file.
        path: String,
        /// What it has.
        bytes: usize,
    },
    /// Another encoding.
    #[error("{path}:{line}:{column}: the text is not UTF-8; save it as UTF-8")]
    NotUtf8 {
        /// Which file.
        path: String,
        /// Line of the first wrong octet, from 1.
        line: usize,
        /// Its column in characters, from 1.
        column: usize,
    },
    /// Text of 16-bit units.
    #[error("{path} is UTF-16 text; save it as UTF-8")]
    Utf16 {
        /// Which file.
        path: String,
    },
    /// No JSON, or not of the shape.
    #[error("{at}: {problem}")]
    Json {
        /// Where.
        at: Spot,
        /// What is wrong.
        problem: String,
    },
    /// The first line of a table is none of headings.
    #[error(
        "{at}: {problem}; the first line must name the columns, among them object, name, option, value"
    )]
    Headings {
        /// Where.
        at: Spot,
        /// What is wrong.
        problem: String,
    },
    /// A quotation mark in a table is not closed: nobody knows which of the rows behind it are part of the cell.
    #[error(
        "{at}: the quotation mark that begins this cell {problem}; close it where the cell ends; one that belongs to the value is written twice, in a cell that stands in quotation marks"
    )]
    Quotation {
        /// The mark.
        at: Spot,
        /// What becomes of it.
        problem: String,
    },
}

/// Makes a fleet file of `exports`, each JSON or CSV. `own_files` are added to what they say.
///
/// # Errors
///
/// [`InvalidExport`] where a file cannot be read as a whole. What is wrong with a part of it is in the report.
pub fn import(exports: &[Export<'_>], own_files: &[OwnFileOf]) -> Result<Imported, InvalidExport> {
    let mut skipped = Skipped::default();
    let mut draft = Draft::default();
    for export in exports {
        let text = text_of(*export)?;
        if text.trim_start().starts_with(['{', '[']) {
            json::read(export.path, text, &mut draft, &mut skipped)?;
        } else {
            rows::read(export.path, text, &mut draft, &mut skipped)?;
        }
    }
    for own_file in own_files {
        add_own_file(own_file, &mut draft, &mut skipped);
    }
    let (fleet, mut report) = toml_text::write(&draft);
    skipped.into_report(&mut report);
    Ok(Imported { fleet, report })
}

fn add_own_file(own_file: &OwnFileOf, draft: &mut Draft, skipped: &mut Skipped) {
    let spot = Spot::Flag("own-file".into());
    let name = &own_file.application;
    let object = || Object::Application {
        name: name.to_string(),
    };
    let lacks = !draft.has_application(name);
    let mut say = |attribute: &str, value: String| {
        let said = Said::attribute(attribute, &value);
        let spot = spot.clone();
        draft.take(
            Record {
                object: object(),
                said,
                spot,
            },
            skipped,
        );
    };
    match &own_file.host {
        Some(host) => say("host", host.to_string()),
        None if lacks => {
            let why = "the export has no such application; say its host too: APPLICATION@HOST=PATH";
            skipped.add(object().to_string(), why, &spot);
            return;
        }
        None => {}
    }
    say("own-file", own_file.path.to_string());
}

/// The text of an export.
fn text_of(export: Export<'_>) -> Result<&str, InvalidExport> {
    let path = || export.path.to_owned();
    let octets = export.octets;
    if octets.len() > MAX_EXPORT_BYTES {
        let bytes = octets.len();
        return Err(InvalidExport::TooLarge {
            path: path(),
            bytes,
        });
    }
    if octets.starts_with(b"\xff\xfe") || octets.starts_with(b"\xfe\xff") {
        return Err(InvalidExport::Utf16 { path: path() });
    }
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    std::str::from_utf8(octets).map_err(|error| {
        let before = octets.get(..error.valid_up_to()).unwrap_or_default();
        let before = String::from_utf8_lossy(before);
        let last = before.rsplit('\n').next().unwrap_or_default();
        InvalidExport::NotUtf8 {
            path: path(),
            line: before.matches('\n').count() + 1,
            column: last.chars().count() + 1,
        }
    })
}

/// What is passed over, equal things together.
#[derive(Default)]
struct Skipped {
    found: BTreeMap<(String, String), (Spot, usize)>,
    not_listed: usize,
}

impl Skipped {
    fn add(&mut self, what: impl Into<String>, why: impl Into<String>, spot: &Spot) {
        let key = (what.into(), why.into());
        if let Some((_, times)) = self.found.get_mut(&key) {
            *times += 1;
        } else if self.found.len() < MAX_LISTED {
            self.found.insert(key, (spot.clone(), 1));
        } else {
            self.not_listed += 1;
        }
    }

    fn into_report(self, report: &mut Report) {
        let listed = self.found.into_iter();
        report.passed_over = listed
            .map(|((what, why), (spot, times))| PassedOver {
                spot,
                what,
                why,
                times,
            })
            .collect();
        report
            .passed_over
            .sort_by(|left, right| left.spot.cmp(&right.spot));
        report.not_listed = self.not_listed;
    }
}

/// The start of a text of the export, for messages.
fn quoted(text: &str) -> String {
    /// Characters that are repeated. Our own limit.
    const MAX: usize = 80;
    let short: String = text.chars().take(MAX).collect();
    let more = if short.len() < text.len() { "..." } else { "" };
    format!("\"{}{more}\"", trustpack_x509::name::printable(&short))
}
