//! The columns of `hosts.csv`: their headings, and where their cells go.
//!
//! Invariant: a column has the name of the option of the same meaning, and stands in a file once.

use std::fmt;
use std::str::FromStr;

use csv::ByteRecord;
use trustpack_x509::name::build::{InvalidAttribute, NameBuilder, attribute_text};

use super::cell::{list, name, parsed, plain_text, shown};
use super::{HostRow, InvalidHosts};
use crate::host::address;

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

    /// Puts the cell into the row; an error is the sentence for people.
    pub(super) fn set<Target>(self, cell: &str, row: &mut HostRow<Target>) -> Result<(), String>
    where
        Target: FromStr<Err: fmt::Display>,
    {
        type Set = fn(NameBuilder, &str) -> Result<NameBuilder, InvalidAttribute>;
        let attribute = |set: Set| {
            let text = attribute_text(set, cell);
            text.map(Some).map_err(|error| error.to_string())
        };
        match self {
            Self::Host => row.host = name(cell)?,
            Self::Cn => row.common_name = attribute(NameBuilder::common_name)?,
            Self::San => row.domains = Some(list(cell, name)?),
            Self::Ip => row.addresses = Some(list(cell, address)?),
            Self::Days => row.lifetime = Some(parsed(cell)?),
            Self::Profile => row.profile = Some(parsed(cell)?),
            Self::Email => row.email = Some(parsed(cell)?),
            Self::Unit => row.unit = attribute(NameBuilder::organizational_unit)?,
            Self::Organization => row.organization = attribute(NameBuilder::organization)?,
            Self::Locality => row.locality = attribute(NameBuilder::locality)?,
            Self::State => row.state = attribute(NameBuilder::state)?,
            Self::Country => row.country = attribute(NameBuilder::country)?,
            Self::Key => row.key = Some(parsed(cell)?),
            Self::Digest => row.digest = Some(parsed(cell)?),
            Self::For => row.targets = Some(list(cell, parsed)?),
        }
        Ok(())
    }
}

/// The columns that the first line names.
pub(super) fn headings(record: &ByteRecord) -> Result<Vec<Column>, InvalidHosts> {
    let wrong = |number: usize, message: String| InvalidHosts::Heading { number, message };
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
        Err(InvalidHosts::NoHostColumn)
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
