//! The columns of `hosts.csv`: their headings, and where their cells go.
//!
//! Invariant: a column has the name of the option of the same meaning, and stands in a file once.

use csv::ByteRecord;
use trustpack_x509::name::build::{InvalidAttribute, NameBuilder};

use super::WantedHost;
use super::cell::{list, name, parsed, plain_text, shown};
use crate::commands::ca_arguments::digest;

/// What a column may hold, and how it gets into what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
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
    For,
}

impl Column {
    const ALL: [Self; 15] = [
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
        Self::For,
    ];

    /// Its heading: the name of the option of the same meaning.
    pub(super) fn name(self) -> &'static str {
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
            Self::For => "for",
        }
    }

    /// Puts the cell into what is wanted; an error is the sentence for people.
    pub(super) fn set(self, cell: &str, wanted: &mut WantedHost) -> Result<(), String> {
        let certificate = &mut wanted.certificate;
        let subject = &mut certificate.subject;
        let text = |cell: &str| Some(cell.to_owned());
        match self {
            Self::Host => wanted.host = name(cell)?,
            Self::Cn => {
                attribute(NameBuilder::common_name, cell)?;
                certificate.cn = text(cell);
            }
            Self::San => certificate.san = list(cell, name)?,
            Self::Ip => certificate.ip = list(cell, parsed)?,
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
            Self::For => wanted.targets = Some(list(cell, parsed)?),
        }
        Ok(())
    }
}

/// The columns that the first line names.
pub(super) fn headings(record: &ByteRecord) -> Result<Vec<Column>, String> {
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

/// Whether a text can be an attribute of a subject.
fn attribute(
    set: impl Fn(NameBuilder, &str) -> Result<NameBuilder, InvalidAttribute>,
    cell: &str,
) -> Result<(), String> {
    set(NameBuilder::default(), cell)
        .map(|_| ())
        .map_err(|error| error.to_string())
}
