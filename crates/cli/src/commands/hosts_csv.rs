//! Reading `hosts.csv`: one host a line, for `cert issue --from`.
//!
//! Not what is done with them. A mistake in a line is that line's: the others are read all the same.
//! Invariant: each mistake names its line and column, and no cell passes that a host, a name or a number
//! could not be. The form is described in `docs/reference/hosts-csv.md`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use csv::{ByteRecord, ReaderBuilder};
use trustpack_bundle::target::Target;
use trustpack_ca::host::HostName;
use trustpack_ca::profile::Profiles;
use trustpack_ca::request::HostRequest;
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_x509::dns::DnsName;

use super::ca_arguments::Days;
use super::host_arguments::HostArgs;
use crate::failure::{Failure, message};

mod cell;
mod column;
mod line_counter;
#[cfg(test)]
mod mutations;
mod quotation;
#[cfg(test)]
mod tests;

use cell::{name, plain_text, shown};
use column::{Column, headings};
use line_counter::LineCounter;

/// One line: a host, and what is to stand in its certificate.
#[derive(Debug)]
pub(super) struct HostLine {
    /// Of the file, counted from 1.
    pub(super) line: u64,
    /// The host as it was typed, of one that is none only the beginning; empty where even that is missing.
    pub(super) typed: String,
    /// What it asks for, or what is wrong with it.
    pub(super) wanted: Result<WantedHost, CellMistake>,
}

/// What a line asks for.
#[derive(Debug)]
pub(super) struct WantedHost {
    /// The host.
    pub(super) host: HostName,
    /// The arguments of the command line, with what the line has put in their place.
    pub(super) certificate: HostArgs,
    /// Its lifetime, if the line or the command line has one.
    pub(super) days: Option<Days>,
    /// The kind of its key.
    pub(super) key: KeySpec,
    /// For which programs a folder is made; none if the line does not say.
    pub(super) targets: Option<Vec<Target>>,
}

/// What the command line says for every host that the file says nothing else of.
#[derive(Clone, Debug)]
pub(super) struct Defaults {
    pub(super) certificate: HostArgs,
    pub(super) days: Option<Days>,
    pub(super) key: KeySpec,
}

/// A line that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CellMistake {
    /// Number and name of the column, if it is in one.
    pub(super) column: Option<(usize, &'static str)>,
    /// What is wrong, the value found, what is allowed.
    pub(super) message: String,
}

/// Octets of a file: far more than the hosts below need.
const MAX_FILE_BYTES: usize = 64 << 20;
/// Lines of a file: all of them are looked at before the first key is made.
const MAX_HOSTS: usize = 100_000;

impl WantedHost {
    /// The request for it.
    pub(super) fn request(self, profiles: &Profiles) -> Result<HostRequest, CellMistake> {
        let mistake = |message: String| CellMistake {
            column: None,
            message,
        };
        let of_profile = &self.certificate.profile;
        let profile = of_profile
            .of(profiles)
            .map_err(|error| mistake(error.to_string()))?;
        let request = self.certificate.request(&self.host, &profile);
        let request = request.map_err(|failure| mistake(failure.in_one_line()))?;
        Ok(match self.days {
            Some(days) => request.with_lifetime(days.0),
            None => request,
        })
    }
}

/// Reads the file at `path`. Pipes are read too: `--from /dev/stdin`.
///
/// # Errors
///
/// When it cannot be read, or its first line is not one of headings. What is wrong with other lines is
/// theirs.
pub(super) fn read(path: &Path, defaults: &Defaults) -> Result<Vec<HostLine>, Failure> {
    let contents = limited_file::read(path, MAX_FILE_BYTES, Accepted::AnySource)
        .with_context(|| format!("cannot read the hosts in {}", path.display()))
        .map_err(Failure::request)?;
    from_text(&contents.bytes, defaults).map_err(|text| {
        let shown = path.display();
        Failure::request(message(format!("{shown}: {text}")))
            .hint("docs/reference/hosts-csv.md describes the file")
    })
}

fn from_text(octets: &[u8], defaults: &Defaults) -> Result<Vec<HostLine>, String> {
    if octets.starts_with(&[0xff, 0xfe]) || octets.starts_with(&[0xfe, 0xff]) {
        return Err("it is UTF-16 text; save it as CSV in UTF-8".to_owned());
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
            .map_err(|error| error.to_string())?;
        let [begin, end] = [begin, reader.position().byte()]
            .map(|at| usize::try_from(at).map_or(octets.len(), |at| at.min(octets.len())));
        let row = octets.get(begin..end).unwrap_or_default();
        Ok::<_, String>(is_there.then_some(row))
    };
    let Some(row) = next(&mut record)? else {
        return Err("it is empty; its first line must name the columns, host first".to_owned());
    };
    if let Some((number, problem)) = quotation::misplaced(row) {
        return Err(format!("line 1, column {number}: {problem}"));
    }
    let columns = headings(&record)?;
    let (mut lines, mut seen) = (Vec::new(), BTreeMap::new());
    let mut counter = LineCounter::new(octets);
    while let Some(row) = next(&mut record)? {
        let line = counter.line_of(&record);
        // What a spreadsheet program leaves below a table.
        if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        if lines.len() == MAX_HOSTS {
            return Err(format!(
                "it has more than {MAX_HOSTS} hosts; split it into files of at most so many"
            ));
        }
        let wanted = wanted(&record, &columns, defaults)
            .and_then(|wanted| well_quoted(row, &columns).map(|()| wanted));
        lines.push(host_line(&record, line, &columns, wanted, &mut seen));
    }
    if lines.is_empty() {
        return Err("it names no host: there is nothing below the names of the columns".to_owned());
    }
    Ok(lines)
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

fn host_line(
    record: &ByteRecord,
    line: u64,
    columns: &[Column],
    mut wanted: Result<WantedHost, CellMistake>,
    seen: &mut BTreeMap<DnsName, u64>,
) -> HostLine {
    let of_host = columns.iter().position(|column| *column == Column::Host);
    let typed = of_host
        .and_then(|index| record.get(index))
        .unwrap_or_default();
    let typed = String::from_utf8_lossy(typed.trim_ascii()).into_owned();
    if let Ok(host) = wanted.as_ref().map(|wanted| wanted.host.name().clone()) {
        let first = *seen.entry(host).or_insert(line);
        if first != line {
            wanted = Err(CellMistake {
                column: of_host.map(|index| (index + 1, Column::Host.name())),
                message: format!("{} is on line {first} already", shown(&typed)),
            });
        }
    }
    HostLine {
        line,
        typed: wanted
            .as_ref()
            .map_or_else(|_| shown(&typed), |_| typed.clone()),
        wanted,
    }
}

fn wanted(
    record: &ByteRecord,
    columns: &[Column],
    defaults: &Defaults,
) -> Result<WantedHost, CellMistake> {
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
    let mut wanted: Option<WantedHost> = None;
    // The host first: it is what the others are added to.
    let mut cells: Vec<_> = record.iter().zip(columns).zip(1..).collect();
    cells.sort_by_key(|((_, column), _)| **column);
    for ((cell, column), number) in cells {
        let mistake = |message: String| CellMistake {
            column: Some((number, column.name())),
            message,
        };
        let cell = plain_text(cell).map_err(mistake)?;
        match &mut wanted {
            None => {
                wanted = Some(WantedHost {
                    host: name(cell).map_err(mistake)?,
                    certificate: defaults.certificate.clone(),
                    days: defaults.days,
                    key: defaults.key,
                    targets: None,
                });
            }
            // An empty cell says nothing: the command line decides.
            Some(_) if cell.is_empty() => {}
            Some(wanted) => column.set(cell, wanted).map_err(mistake)?,
        }
    }
    wanted.ok_or_else(|| CellMistake {
        column: None,
        message: "it has no host".to_owned(),
    })
}
