//! Which certificates are served where: table, JSON, CSV, and a picture of their ends.

use std::path::{Path, PathBuf};

use serde::Serialize;
use trustpack_keystore::placing::Existing;
use trustpack_probe::comparison::Found;
use trustpack_probe::expected::Expected;
use trustpack_probe::inventory::{Served, inventory};
use trustpack_probe::timeline;

use super::fleet::{FleetProbe, Probed};
use crate::failure::{Answer, Failure};
use crate::output::{Output, Printed};
use crate::output_file::{self, Secrecy};
use crate::session::{self, Session};
use crate::table::Table;

/// How it is written.
pub(super) enum Form {
    Table,
    Json,
    Csv,
    Svg(PathBuf, Existing),
}

/// The document.
#[derive(Debug, Serialize)]
struct Document<'a> {
    at: String,
    certificates: Vec<ServedShown>,
    not_seen: &'a [NotSeen],
}

/// An endpoint that has shown no certificate, though it is to speak TLS.
#[derive(Debug, Serialize)]
struct NotSeen {
    place: String,
    why: String,
}

/// One certificate at one service.
#[derive(Debug, Serialize)]
struct ServedShown {
    service: String,
    places: Vec<String>,
    subject: String,
    names: Vec<String>,
    issuer: String,
    serial: String,
    not_before: String,
    not_after: String,
    thumbprint: String,
}

impl Form {
    pub(super) fn new(json: bool, csv: bool, svg: Option<PathBuf>, replace: bool) -> Self {
        match (svg, json, csv) {
            (Some(path), _, _) => Self::Svg(path, output_file::existing(replace)),
            (None, true, _) => Self::Json,
            (None, false, true) => Self::Csv,
            (None, false, false) => Self::Table,
        }
    }
}

/// Asks once and writes what is served.
///
/// # Errors
///
/// As [`FleetProbe::ask`], and when it cannot be written.
pub(super) fn run(
    probe: &FleetProbe,
    form: &Form,
    session: &mut Session,
) -> Result<Answer, Failure> {
    if let Form::Svg(path, existing) = form
        && path != Path::new("-")
    {
        output_file::check(path, *existing)?;
    }
    let probed = probe.ask(session.now)?;
    if let Some(warning) = &probed.warning {
        session::warn(warning);
    }
    let served = of(&probed);
    let not_seen = not_seen(&probed);
    match form {
        Form::Table => table(&served, &mut session.out)?,
        Form::Json => {
            let document = Document {
                at: session.now.to_string(),
                certificates: served.iter().map(ServedShown::from).collect(),
                not_seen: &not_seen,
            };
            session.out.json(&document)?;
        }
        Form::Csv => {
            let text = csv(&served).map_err(Failure::request)?;
            session.out.data(&text)?;
        }
        Form::Svg(path, existing) => {
            let picture = timeline::svg(&served, session.now);
            if path == Path::new("-") {
                session.out.data(picture.as_bytes())?;
            } else {
                output_file::write(path, picture.as_bytes(), Secrecy::Public, *existing)?;
                session::say(&format!("drawn into {}", path.display()));
            }
        }
    }
    session.out.flush()?;
    if let Form::Json = form {
        return Ok(Answer::Done);
    }
    for NotSeen { place, why } in not_seen {
        session::warn(format!("of {place} no certificate was seen: {why}"));
    }
    Ok(Answer::Done)
}

fn of(probed: &Probed) -> Vec<Served> {
    let contacts = probed.rows.iter().filter_map(|row| {
        let contact = row.found.contact()?;
        Some((&row.place, contact))
    });
    inventory(contacts)
}

/// What the inventory lacks: one that is silent about it would be taken for whole.
fn not_seen(probed: &Probed) -> Vec<NotSeen> {
    let rows = probed.rows.iter().filter_map(|row| {
        let why = match (&row.expected, &row.found) {
            (Expected::Plain, _) | (_, Found::NotAsked) => return None,
            (_, Found::Unreached(why)) => why.to_string(),
            (_, Found::Contact(contact)) if contact.presented().is_empty() => {
                row.found.beside(&row.expected, row.asked_as)
            }
            (_, Found::Contact(_)) => return None,
        };
        let place = row.place.to_string();
        Some(NotSeen { place, why })
    });
    rows.collect()
}

fn table(served: &[Served], out: &mut Output) -> Printed {
    let mut table = Table::new(&[
        "until",
        "service",
        "subject",
        "issued by",
        "serial",
        "places",
    ]);
    for one in served {
        let shown = ServedShown::from(one);
        table.row(vec![
            one.certificate.validity().not_after.date_string(),
            shown.service,
            shown.subject,
            shown.issuer,
            shown.serial,
            shown.places.join(", "),
        ]);
    }
    table.write(out)
}

fn csv(served: &[Served]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "service",
        "places",
        "subject",
        "names",
        "issuer",
        "serial",
        "not_before",
        "not_after",
        "thumbprint",
    ])?;
    for one in served {
        let shown = ServedShown::from(one);
        writer.write_record([
            shown.service,
            shown.places.join(" "),
            shown.subject,
            shown.names.join(" "),
            shown.issuer,
            shown.serial,
            shown.not_before,
            shown.not_after,
            shown.thumbprint,
        ])?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

impl From<&Served> for ServedShown {
    fn from(served: &Served) -> Self {
        let certificate = &served.certificate;
        let names = certificate.extensions().subject_alt_names.as_deref();
        Self {
            service: served.address.to_string(),
            places: served.places.iter().map(ToString::to_string).collect(),
            subject: certificate.subject().to_string(),
            names: names
                .unwrap_or_default()
                .iter()
                .map(ToString::to_string)
                .collect(),
            issuer: certificate.issuer().to_string(),
            serial: certificate.serial().to_hex(),
            not_before: certificate.validity().not_before.to_string(),
            not_after: certificate.validity().not_after.to_string(),
            thumbprint: certificate.thumbprint(),
        }
    }
}
