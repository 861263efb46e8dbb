//! Reading `hosts.csv`: one host a line, and what is to stand in its certificate.
//!
//! Not what is done with them. A mistake in a line is that line's: the others are read all the same.
//! Invariant: each mistake names its line and column, and no cell passes that a host, a name or a number
//! could not be. The form is described in `docs/reference/hosts-csv.md`.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use csv::{ByteRecord, ReaderBuilder};
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::dns::DnsName;
use trustpack_x509::email::EmailAddress;
use trustpack_x509::name::printable;

use crate::host::{Domain, HostName};
use crate::lifetime::Lifetime;
use crate::profile::ProfileName;

mod cell;
mod column;
mod line_counter;
mod quotation;
#[cfg(test)]
mod tests;

use cell::{name, plain_text, shown};
use column::{Column, headings};
use line_counter::LineCounter;

/// One line: a host, and what is to stand in its certificate.
#[derive(Clone, Debug)]
pub struct HostLine<Target> {
    /// Of the file, counted from 1.
    pub line: u64,
    /// The host as it was typed, as a terminal may show it; of one that is none only the beginning; empty where even
    /// that is missing.
    pub typed: String,
    /// What it asks for, or what is wrong with it.
    pub row: Result<HostRow<Target>, CellMistake>,
}

/// What a line asks for; what it says nothing of is `None`.
#[derive(Clone, Debug)]
pub struct HostRow<Target> {
    /// The host.
    pub host: HostName,
    /// The common name.
    pub common_name: Option<String>,
    /// Further names.
    pub domains: Option<Vec<Domain>>,
    /// Addresses.
    pub addresses: Option<Vec<IpAddr>>,
    /// The lifetime.
    pub lifetime: Option<Lifetime>,
    /// The profile.
    pub profile: Option<ProfileName>,
    /// The mail address.
    pub email: Option<EmailAddress>,
    /// The organizational unit.
    pub unit: Option<String>,
    /// The organization.
    pub organization: Option<String>,
    /// The locality.
    pub locality: Option<String>,
    /// The state.
    pub state: Option<String>,
    /// The country.
    pub country: Option<String>,
    /// The kind of the key.
    pub key: Option<KeySpec>,
    /// The digest to sign over.
    pub digest: Option<Digest>,
    /// For which programs a folder is made; which there are is the caller's to know.
    pub targets: Option<Vec<Target>>,
}

/// A line that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellMistake {
    /// Number and name of the column, if it is in one.
    pub column: Option<(usize, &'static str)>,
    /// What is wrong, the value found, what is allowed.
    pub message: String,
}

/// A file of which no line can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHosts {
    /// It is encoded otherwise.
    #[error("it is UTF-16 text; save it as CSV in UTF-8")]
    Utf16,
    /// There is nothing in it.
    #[error("it is empty; its first line must name the columns, host first")]
    Empty,
    /// There is nothing below the first line.
    #[error("it names no host: there is nothing below the names of the columns")]
    NoHost,
    /// There is too much in it.
    #[error("it has more than {MAX_HOSTS} hosts; split it into files of at most so many")]
    TooMany,
    /// The library that takes rows apart gave up.
    #[error("it cannot be taken apart ({detail})")]
    Rows {
        /// What it says.
        detail: String,
    },
    /// The first line has no column for the hosts.
    #[error("line 1: it has no column host")]
    NoHostColumn,
    /// A cell of the first line is no heading.
    #[error("line 1, column {number}: {message}")]
    Heading {
        /// Number of the column, from 1.
        number: usize,
        /// What is wrong, and what is allowed.
        message: String,
    },
}

/// Octets of a file: far more than the hosts below need.
pub const MAX_FILE_BYTES: usize = 64 << 20;
/// Lines of a file: all of them are looked at before the first key is made.
const MAX_HOSTS: usize = 100_000;

/// Reads the octets of a file.
///
/// # Errors
///
/// When its first line is not one of headings, or none of a host follows. What is wrong with other lines is theirs.
pub fn read<Target>(octets: &[u8]) -> Result<Vec<HostLine<Target>>, InvalidHosts>
where
    Target: FromStr<Err: fmt::Display>,
{
    if octets.starts_with(&[0xff, 0xfe]) || octets.starts_with(&[0xfe, 0xff]) {
        return Err(InvalidHosts::Utf16);
    }
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(octets);
    let mut record = ByteRecord::new();
    // With the octets that it is made of.
    let mut next = |record: &mut ByteRecord| {
        let begin = reader.position().byte();
        let is_there = reader
            .read_byte_record(record)
            .map_err(|error| InvalidHosts::Rows {
                detail: error.to_string(),
            })?;
        let [begin, end] = [begin, reader.position().byte()]
            .map(|at| usize::try_from(at).map_or(octets.len(), |at| at.min(octets.len())));
        let row = octets.get(begin..end).unwrap_or_default();
        Ok::<_, InvalidHosts>(is_there.then_some(row))
    };
    let Some(row) = next(&mut record)? else {
        return Err(InvalidHosts::Empty);
    };
    if let Some((number, problem)) = quotation::misplaced(row) {
        let message = problem.to_owned();
        return Err(InvalidHosts::Heading { number, message });
    }
    let columns = headings(&record)?;
    let (mut lines, mut seen) = (Vec::new(), BTreeMap::new());
    let mut counter = LineCounter::new(octets);
    while let Some(row) = next(&mut record)? {
        let line = counter.line_of(&record);
        let quoted = well_quoted(row, &columns);
        // What a spreadsheet program leaves below a table; what a mark begins was cut off.
        if quoted.is_ok() && record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        if lines.len() == MAX_HOSTS {
            return Err(InvalidHosts::TooMany);
        }
        let row = match (host_row(&record, &columns), quoted) {
            (Ok(_), Err(open)) => Err(open),
            // What was cut off makes the other cells wrong, unless the rows behind it are in it.
            (Err(_), Err(open)) if !record.iter().any(|cell| cell.contains(&b'\n')) => Err(open),
            (row, _) => row,
        };
        lines.push(host_line(&record, line, &columns, row, &mut seen));
    }
    if lines.is_empty() {
        return Err(InvalidHosts::NoHost);
    }
    Ok(lines)
}

impl<Target> HostRow<Target> {
    fn of(host: HostName) -> Self {
        Self {
            host,
            common_name: None,
            domains: None,
            addresses: None,
            lifetime: None,
            profile: None,
            email: None,
            unit: None,
            organization: None,
            locality: None,
            state: None,
            country: None,
            key: None,
            digest: None,
            targets: None,
        }
    }
}

fn well_quoted(row: &[u8], columns: &[Column]) -> Result<(), CellMistake> {
    let Some((number, problem)) = quotation::misplaced(row) else {
        return Ok(());
    };
    let column = columns
        .get(number - 1)
        .map(|column| (number, column.name()));
    Err(CellMistake {
        column,
        message: problem.to_owned(),
    })
}

fn host_line<Target>(
    record: &ByteRecord,
    line: u64,
    columns: &[Column],
    mut row: Result<HostRow<Target>, CellMistake>,
    seen: &mut BTreeMap<DnsName, u64>,
) -> HostLine<Target> {
    let of_host = columns.iter().position(|column| *column == Column::Host);
    let typed = of_host
        .and_then(|index| record.get(index))
        .unwrap_or_default();
    // As it was read; of what cannot be, what is there.
    let typed = plain_text(typed).map_or_else(
        |_| String::from_utf8_lossy(typed.trim_ascii()).into_owned(),
        str::to_owned,
    );
    if let Ok(host) = row.as_ref().map(|row| row.host.name().clone()) {
        let first = *seen.entry(host).or_insert(line);
        if first != line {
            row = Err(CellMistake {
                column: of_host.map(|index| (index + 1, Column::Host.name())),
                message: format!("{} is on line {first} already", printable(&shown(&typed))),
            });
        }
    }
    HostLine {
        line,
        typed: printable(&match &row {
            Ok(_) => typed,
            Err(_) => shown(&typed),
        }),
        row,
    }
}

fn host_row<Target>(record: &ByteRecord, columns: &[Column]) -> Result<HostRow<Target>, CellMistake>
where
    Target: FromStr<Err: fmt::Display>,
{
    if record.len() != columns.len() {
        // Rows behind it may be in one of its cells; then their separators are no mistake.
        let cells = (1_usize..).zip(record).zip(columns);
        for ((number, cell), column) in cells {
            if let (true, Err(message)) = (cell.contains(&b'\n'), plain_text(cell)) {
                let column = Some((number, column.name()));
                return Err(CellMistake { column, message });
            }
        }
        return Err(CellMistake {
            column: None,
            message: format!(
                "it has {} cells, and the first line has {}; a cell with a comma must stand in quotation marks",
                record.len(),
                columns.len()
            ),
        });
    }
    let mut row: Option<HostRow<Target>> = None;
    // The host first: it is what the others are added to.
    let mut cells: Vec<_> = record.iter().zip(columns).zip(1..).collect();
    cells.sort_by_key(|((_, column), _)| **column);
    for ((cell, column), number) in cells {
        let mistake = |message: String| CellMistake {
            column: Some((number, column.name())),
            message,
        };
        let cell = plain_text(cell).map_err(mistake)?;
        match &mut row {
            None => row = Some(HostRow::of(name(cell).map_err(mistake)?)),
            // An empty cell says nothing: the caller decides.
            Some(_) if cell.is_empty() => {}
            Some(row) => column.set(cell, row).map_err(mistake)?,
        }
    }
    row.ok_or_else(|| CellMistake {
        column: None,
        message: "it has no host".to_owned(),
    })
}
