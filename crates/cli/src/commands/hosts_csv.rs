//! Reading `hosts.csv`: one host a line, for `cert issue --from`.
//!
//! Not what is done with them. A mistake in a line is that line's: the others are read all the same.
//! Invariant: each mistake names its line and column, and no cell passes that a host, a name or a number
//! could not be. The form is described in `docs/reference/hosts-csv.md`.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use anyhow::Context as _;
use csv::{ByteRecord, ReaderBuilder};
use trustpack_ca::host::HostName;
use trustpack_ca::profile::Profiles;
use trustpack_ca::request::HostRequest;
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_x509::dns::DnsName;
use trustpack_x509::name::build::{InvalidAttribute, NameBuilder};

use super::ca_arguments::{Days, digest};
use super::host_arguments::HostArgs;
use crate::failure::{Failure, message};

/// One line: a host, and what is to stand in its certificate.
#[derive(Debug)]
pub(super) struct HostLine {
    /// Of the file, counted from 1.
    pub(super) line: u64,
    /// The host as it was typed; empty where even that is missing.
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
/// Octets of a cell: what the common spreadsheet programs hold in one (32,767 characters).
const MAX_CELL_BYTES: usize = 32_767;
/// Of a cell in a message, no more than this is shown.
const SHOWN_CHARACTERS: usize = 60;

/// What a column may hold, and how it gets into what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Host,
    Cn,
    San,
    Ip,
    Days,
    Profile,
    Email,
    Unit,
    Organization,
    Locality,
    State,
    Country,
    Key,
    Digest,
}

impl Column {
    const ALL: [Self; 14] = [
        Self::Host,
        Self::Cn,
        Self::San,
        Self::Ip,
        Self::Days,
        Self::Profile,
        Self::Email,
        Self::Unit,
        Self::Organization,
        Self::Locality,
        Self::State,
        Self::Country,
        Self::Key,
        Self::Digest,
    ];

    /// Its heading: the name of the option of the same meaning.
    fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Cn => "cn",
            Self::San => "san",
            Self::Ip => "ip",
            Self::Days => "days",
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Unit => "unit",
            Self::Organization => "organization",
            Self::Locality => "locality",
            Self::State => "state",
            Self::Country => "country",
            Self::Key => "key",
            Self::Digest => "digest",
        }
    }

    /// Puts the cell into what is wanted; an error is the sentence for people.
    fn set(self, cell: &str, wanted: &mut WantedHost) -> Result<(), String> {
        let certificate = &mut wanted.certificate;
        let subject = &mut certificate.subject;
        let text = |cell: &str| Some(cell.to_owned());
        match self {
            Self::Host => wanted.host = parsed(cell)?,
            Self::Cn => {
                attribute(NameBuilder::common_name, cell)?;
                certificate.cn = text(cell);
            }
            Self::San => certificate.san = list(cell)?,
            Self::Ip => certificate.ip = list(cell)?,
            Self::Days => wanted.days = Some(parsed(cell)?),
            Self::Profile => certificate.profile.profile = Some(parsed(cell)?),
            Self::Email => subject.email = Some(parsed(cell)?),
            Self::Unit => {
                attribute(NameBuilder::organizational_unit, cell)?;
                subject.unit = text(cell);
            }
            Self::Organization => {
                attribute(NameBuilder::organization, cell)?;
                subject.organization = text(cell);
            }
            Self::Locality => {
                attribute(NameBuilder::locality, cell)?;
                subject.locality = text(cell);
            }
            Self::State => {
                attribute(NameBuilder::state, cell)?;
                subject.state = text(cell);
            }
            Self::Country => {
                attribute(NameBuilder::country, cell)?;
                subject.country = text(cell);
            }
            Self::Key => wanted.key = parsed(cell)?,
            Self::Digest => certificate.digest = Some(digest(cell)?),
        }
        Ok(())
    }
}

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
    let mut next = |record: &mut ByteRecord| {
        reader
            .read_byte_record(record)
            .map_err(|error| error.to_string())
    };
    if !next(&mut record)? {
        return Err("it is empty; its first line must name the columns, host first".to_owned());
    }
    let columns = headings(&record)?;
    let (mut lines, mut seen) = (Vec::new(), BTreeMap::new());
    let mut counter = LineCounter::new(octets);
    while next(&mut record)? {
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
        lines.push(host_line(&record, line, &columns, defaults, &mut seen));
    }
    Ok(lines)
}

/// Says on which line a record begins. What the reader itself says is one too low after CRLF.
struct LineCounter<'t> {
    octets: &'t [u8],
    at: usize,
    line: u64,
}

impl<'t> LineCounter<'t> {
    fn new(octets: &'t [u8]) -> Self {
        Self {
            octets,
            at: 0,
            line: 1,
        }
    }

    /// Records must come in their order.
    fn line_of(&mut self, record: &ByteRecord) -> u64 {
        let position = record.position().map_or(0, csv::Position::byte);
        let begin = usize::try_from(position).unwrap_or(usize::MAX);
        let is_break = |octet: &u8| matches!(octet, b'\r' | b'\n');
        while let Some(octet) = self.octets.get(self.at) {
            if self.at >= begin && !is_break(octet) {
                break;
            }
            self.at += 1;
            let before_feed = *octet == b'\r' && self.octets.get(self.at) == Some(&b'\n');
            if is_break(octet) && !before_feed {
                self.line += 1;
            }
        }
        self.line
    }
}

/// The columns that the first line names.
fn headings(record: &ByteRecord) -> Result<Vec<Column>, String> {
    let wrong = |number: usize, text: String| format!("line 1, column {number}: {text}");
    let mut columns: Vec<Column> = Vec::new();
    for (cell, number) in record.iter().zip(1..) {
        let name = plain_text(cell).map_err(|text| wrong(number, text))?;
        let name = name.to_ascii_lowercase();
        let column = Column::ALL.into_iter().find(|column| column.name() == name);
        let Some(column) = column else {
            return Err(wrong(number, unknown_heading(&name, record.len())));
        };
        if columns.contains(&column) {
            return Err(wrong(number, format!("the column {name} is there twice")));
        }
        columns.push(column);
    }
    if columns.contains(&Column::Host) {
        Ok(columns)
    } else {
        Err("line 1: it has no column host".to_owned())
    }
}

fn unknown_heading(name: &str, columns: usize) -> String {
    let separated = |by: char| name.split(by).count() > 1 && columns == 1;
    let found = shown(name);
    match [(';', "semicolons"), ('\t', "tabs")]
        .into_iter()
        .find(|(by, _)| separated(*by))
    {
        Some((_, by)) => format!("the columns are separated by {by}; commas are needed: {found:?}"),
        None => {
            let names = Column::ALL.map(Column::name).join(", ");
            format!("there is no column {found:?}; there are {names}")
        }
    }
}

fn host_line(
    record: &ByteRecord,
    line: u64,
    columns: &[Column],
    defaults: &Defaults,
    seen: &mut BTreeMap<DnsName, u64>,
) -> HostLine {
    let of_host = columns.iter().position(|column| *column == Column::Host);
    let typed = of_host
        .and_then(|index| record.get(index))
        .unwrap_or_default();
    let typed = String::from_utf8_lossy(typed.trim_ascii()).into_owned();
    let mut wanted = wanted(record, columns, defaults);
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
        typed,
        wanted,
    }
}

fn wanted(
    record: &ByteRecord,
    columns: &[Column],
    defaults: &Defaults,
) -> Result<WantedHost, CellMistake> {
    if record.len() != columns.len() {
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
                    host: parsed(cell).map_err(mistake)?,
                    certificate: defaults.certificate.clone(),
                    days: defaults.days,
                    key: defaults.key,
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

/// The text of a cell without blanks at its ends, if it is such a text as stands in a certificate.
fn plain_text(cell: &[u8]) -> Result<&str, String> {
    if cell.len() > MAX_CELL_BYTES {
        return Err(format!(
            "the cell has {} bytes; at most {MAX_CELL_BYTES} are allowed",
            cell.len()
        ));
    }
    let text = std::str::from_utf8(cell).map_err(|error| {
        format!(
            "byte {} of the cell is not UTF-8; save the file as CSV in UTF-8",
            error.valid_up_to() + 1
        )
    })?;
    let text = text.trim();
    match text.chars().find(|character| character.is_control()) {
        Some('\n' | '\r') => {
            return Err(
                "there is a line break in the cell; is a quotation mark not closed?".into(),
            );
        }
        // In the first line it separates columns; that is said there.
        Some(control) if control != '\t' => {
            return Err(format!(
                "there is a {} in the cell",
                control.escape_unicode()
            ));
        }
        Some(_) | None => {}
    }
    // No value begins so; a spreadsheet program that opens the file would calculate it.
    if text.starts_with(['=', '+', '@', '-']) {
        return Err(format!(
            "{:?} looks like a formula; no cell may begin with =, +, @ or -",
            shown(text)
        ));
    }
    Ok(text)
}

fn parsed<T: FromStr>(cell: &str) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    cell.parse().map_err(|error: T::Err| error.to_string())
}

/// The items of a cell, separated by blanks, commas or semicolons.
fn list<T: FromStr>(cell: &str) -> Result<Vec<T>, String>
where
    T::Err: std::fmt::Display,
{
    cell.split([' ', ',', ';', '\t'])
        .filter(|item| !item.is_empty())
        .map(|item| parsed(item).map_err(|error| format!("{:?}: {error}", shown(item))))
        .collect()
}

/// Whether a text can be an attribute of a subject.
fn attribute(
    set: impl Fn(NameBuilder, &str) -> Result<NameBuilder, InvalidAttribute>,
    cell: &str,
) -> Result<(), String> {
    set(NameBuilder::default(), cell)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARACTERS).collect()
}

#[cfg(test)]
#[path = "hosts_csv_tests.rs"]
mod tests;
