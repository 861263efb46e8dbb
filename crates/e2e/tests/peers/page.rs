//! The tables of `docs/reference/peers.md`, one section for each program.
//!
//! A run makes the section of its program and compares it with the page; with `TRUSTPACK_WRITE_PAGES` set, it
//! writes it. Invariant: nothing of a table is written by hand.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::cells::{Apart, Cell, Ours};

/// Writes the page instead of comparing.
const VARIABLE: &str = "TRUSTPACK_WRITE_PAGES";

/// A cell and its twin, as they came out.
pub(crate) struct CellRow {
    pub(crate) cell: Cell,
    pub(crate) suite: String,
    pub(crate) group: String,
    pub(crate) end: TwinEnd,
}

/// Who refused a twin.
pub(crate) enum TwinEnd {
    ByOurs {
        step: &'static str,
        words: &'static str,
        /// The alert that told the other end.
        told: String,
        /// What the other end calls it.
        heard: String,
    },
    ByForeign {
        words: &'static str,
        /// What our log says of it.
        heard: String,
    },
    /// Nobody: the foreign program cannot notice it, for this reason.
    Unnoticed(&'static str),
}

/// Versions that did not meet.
pub(crate) struct ApartRow {
    pub(crate) apart: Apart,
    /// What our log says.
    pub(crate) ours: String,
    /// What the foreign program says.
    pub(crate) words: String,
}

/// Fails unless the page has this section: the notes, and a table of what happened.
#[track_caller]
pub(crate) fn check(title: &str, notes: &str, cells: &[CellRow], apart: &[ApartRow]) {
    let section = section(title, notes, cells, apart);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/peers.md");
    static PAGE: Mutex<()> = Mutex::new(());
    let _page = PAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let page = std::fs::read_to_string(&path).unwrap();
    let [before, old, after] = around(&page, title);
    if std::env::var_os(VARIABLE).is_some() {
        std::fs::write(&path, format!("{before}{section}{after}")).unwrap();
    } else {
        assert!(
            old == section,
            "docs/reference/peers.md says something else of {title}; to write it, run this test with \
             {VARIABLE}=1, and read what changed. It should say:\n{section}"
        );
    }
}

/// The page before the section with this heading, the section, and the rest. A new one comes last.
fn around<'a>(page: &'a str, title: &str) -> [&'a str; 3] {
    let heading = format!("## {title}\n");
    let start = page.find(&heading).unwrap_or(page.len());
    let (before, rest) = page.split_at(start);
    let end = rest.get(3..).and_then(|rest| rest.find("\n## "));
    let (section, after) = rest.split_at(end.map_or(rest.len(), |end| end + 4));
    [before, section, after]
}

fn section(title: &str, notes: &str, cells: &[CellRow], apart: &[ApartRow]) -> String {
    let mut text = format!("## {title}\n\n{notes}");
    for ours in [Ours::Server, Ours::Client] {
        let rows = cells.iter().filter(|row| row.cell.ours == ours);
        let rows: Vec<String> = rows.map(|row| cell_row(title, row)).collect();
        let apart = apart.iter().filter(|row| row.apart.ours == ours);
        let apart: Vec<String> = apart.map(apart_row).collect();
        if rows.is_empty() {
            continue;
        }
        let (role, its) = match ours {
            Ours::Server => ("server", "client"),
            Ours::Client => ("client", "server"),
        };
        write!(
            text,
            "Trustpack as the {role}, {title} as the {its}:\n\n\
             | TLS | keys | carried with | twin | who refuses it | in these words |\n\
             | --- | --- | --- | --- | --- | --- |\n{}\n\
             | {role} allows | {its} speaks | Trustpack says | {its} says |\n\
             | --- | --- | --- | --- |\n{}",
            rows.concat(),
            apart.concat() + "\n"
        )
        .unwrap();
    }
    text
}

fn cell_row(it: &str, row: &CellRow) -> String {
    let cell = row.cell;
    let end = match &row.end {
        TwinEnd::ByOurs {
            step,
            words,
            told,
            heard,
        } => format!("Trustpack | {step}: {words}; alert sent: {told}; {it}: {heard}"),
        TwinEnd::ByForeign { words, heard } => format!("{it} | {words}; Trustpack: {heard}"),
        TwinEnd::Unnoticed(why) => format!("nobody | {why}"),
    };
    format!(
        "| {}, {} | {} | {}, {} | {} | {end} |\n",
        cell.version.title(),
        cell.mode.title(),
        cell.key.title(),
        row.suite,
        row.group,
        cell.fault.title(),
    )
}

fn apart_row(row: &ApartRow) -> String {
    format!(
        "| {} | {} | {} | {} |\n",
        row.apart.allowed.title(),
        row.apart.version.title(),
        row.ours,
        row.words
    )
}
