//! Reads an export as a table: one thing of one object in each row.
//!
//! Invariant: each row gives a record or is told as passed over, and no row is lost in a cell of another one.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::draft::Draft;
use super::records::{Object, Record, Said};
use super::{InvalidExport, Skipped, quoted};
use crate::lines::Lines;
use crate::secret::Secret;
use crate::span::Spot;

/// The columns, by their headings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Object,
    Name,
    Port,
    To,
    Section,
    Option,
    Value,
    Unknown,
}

const COLUMNS: [(&str, Column); 7] = [
    ("object", Column::Object),
    ("name", Column::Name),
    ("port", Column::Port),
    ("to", Column::To),
    ("section", Column::Section),
    ("option", Column::Option),
    ("value", Column::Value),
];

/// Puts what `text` says into `draft`: a table whose cells are separated by commas, or by semicolons where its first line has no comma.
pub(super) fn read(
    path: &str,
    text: &str,
    draft: &mut Draft,
    skipped: &mut Skipped,
) -> Result<(), InvalidExport> {
    let lines = Lines::new(path, text);
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') && !first.contains(',') {
        b';'
    } else {
        b','
    };
    if let Some(cell) = open_cell(text, delimiter) {
        return Err(InvalidExport::Quotation {
            at: lines.spot(cell.begin..cell.begin + 1),
            problem: match cell.end {
                None => "is never closed".to_owned(),
                Some(end) => format!(
                    "is closed by the one at {}, amid a cell",
                    lines.spot(end..end + 1)
                ),
            },
        });
    }
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(Trim::None)
        .from_reader(text.as_bytes());
    let mut row = StringRecord::new();
    let mut columns: Option<Vec<Column>> = None;
    // The text is UTF-8, and reading from memory does not fail.
    while reader.read_record(&mut row).unwrap_or(false) {
        let spot = spot_of(&row, text, &lines);
        match &columns {
            None => columns = Some(headings(&row, &spot, skipped)?),
            Some(columns) => match record(&row, columns, spot.clone()) {
                Ok(Some(record)) => draft.take(record, skipped),
                Ok(None) => {}
                Err(why) => skipped.add("a row", why, &spot),
            },
        }
    }
    if columns.is_none() {
        return Err(InvalidExport::Headings {
            at: lines.spot(0..0),
            problem: "the file is empty".to_owned(),
        });
    }
    Ok(())
}

/// A cell in quotation marks that goes over line ends and does not end as one does.
struct OpenCell {
    begin: usize,
    /// The mark that would close it, with more of a cell behind it; `None` if no other mark follows.
    end: Option<usize>,
}

/// The first cell whose quotation mark was not closed, which the reader takes with all the rows behind it for one value.
fn open_cell(text: &str, delimiter: u8) -> Option<OpenCell> {
    #[derive(Clone, Copy)]
    enum At {
        Begin,
        Plain,
        Quoted {
            begin: usize,
        },
        /// Behind a mark in a quoted cell: the first of two, or the end of the cell.
        Mark {
            begin: usize,
        },
    }
    let mut at = At::Begin;
    for (index, octet) in text.bytes().enumerate() {
        let is_end = octet == delimiter || matches!(octet, b'\r' | b'\n');
        at = match at {
            At::Begin if octet == b'"' => At::Quoted { begin: index },
            At::Quoted { begin } if octet == b'"' => At::Mark { begin },
            At::Mark { begin } if octet == b'"' => At::Quoted { begin },
            At::Begin | At::Plain | At::Mark { .. } if is_end => At::Begin,
            At::Mark { begin } => {
                // On one line no row is lost by it.
                let value = text.get(begin..index).unwrap_or_default();
                if value.contains(['\r', '\n']) {
                    let end = Some(index - 1);
                    return Some(OpenCell { begin, end });
                }
                At::Plain
            }
            At::Begin | At::Plain => At::Plain,
            At::Quoted { .. } => at,
        };
    }
    match at {
        At::Quoted { begin } => Some(OpenCell { begin, end: None }),
        At::Begin | At::Plain | At::Mark { .. } => None,
    }
}

/// Where a row begins; the reader counts line ends before it in.
fn spot_of(row: &StringRecord, text: &str, lines: &Lines<'_>) -> Spot {
    let start = row.position().map_or(0, csv::Position::byte);
    let start = usize::try_from(start).unwrap_or(text.len()).min(text.len());
    let rest = text.get(start..).unwrap_or_default();
    let start = start + (rest.len() - rest.trim_start_matches(['\r', '\n']).len());
    let rest = text.get(start..).unwrap_or_default();
    let length = rest.find(['\r', '\n']).unwrap_or(rest.len());
    lines.spot(start..start + length)
}

fn headings(
    row: &StringRecord,
    spot: &Spot,
    skipped: &mut Skipped,
) -> Result<Vec<Column>, InvalidExport> {
    let mut columns = Vec::new();
    let invalid = |problem: String| InvalidExport::Headings {
        at: spot.clone(),
        problem,
    };
    for heading in row {
        let word = heading.trim().to_ascii_lowercase();
        let found = COLUMNS.iter().find(|(name, _)| *name == word);
        let column = found.map_or(Column::Unknown, |(_, column)| *column);
        if column == Column::Unknown {
            skipped.add(
                format!("the column {}", quoted(heading)),
                "it is not known",
                spot,
            );
        } else if columns.contains(&column) {
            return Err(invalid(format!("the column {word} is there twice")));
        }
        columns.push(column);
    }
    let needed = [Column::Object, Column::Name, Column::Option, Column::Value];
    for (name, column) in COLUMNS {
        if needed.contains(&column) && !columns.contains(&column) {
            return Err(invalid(format!("there is no column {name}")));
        }
    }
    Ok(columns)
}

fn record(row: &StringRecord, columns: &[Column], spot: Spot) -> Result<Option<Record>, String> {
    if row.iter().all(|cell| cell.trim().is_empty()) {
        return Ok(None);
    }
    if row.len() != columns.len() {
        let (cells, headings) = (row.len(), columns.len());
        return Err(format!(
            "it has {cells} cells and the first line has {headings}; a cell with a separator in it must stand in quotation marks"
        ));
    }
    let cell = |column: Column| {
        let at = columns.iter().position(|c| *c == column);
        at.and_then(|at| row.get(at)).unwrap_or_default()
    };
    let name = || cell(Column::Name).trim().to_owned();
    let port = || cell(Column::Port).trim().to_owned();
    let object = match cell(Column::Object).trim().to_ascii_lowercase().as_str() {
        "host" => Object::Host { name: name() },
        "application" => Object::Application { name: name() },
        "port" => Object::Port {
            application: name(),
            id: port(),
        },
        "connection" => Object::Connection {
            application: name(),
            to: cell(Column::To).trim().to_owned(),
            port: port(),
        },
        other => {
            let other = quoted(other);
            return Err(format!(
                "{other} is no object; allowed are host, application, port, connection"
            ));
        }
    };
    let (section, option) = (cell(Column::Section), cell(Column::Option).trim());
    let said = if option.is_empty() {
        Said::Exists
    } else if section.is_empty() {
        Said::attribute(option, cell(Column::Value).trim())
    } else {
        Said::Option {
            section: section.to_owned(),
            name: option.to_owned(),
            value: Secret::new(cell(Column::Value)),
        }
    };
    Ok(Some(Record { object, said, spot }))
}
