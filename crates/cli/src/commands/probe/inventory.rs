//! Which certificates are served where: table, JSON, CSV, and a picture of their ends.

use std::path::{Path, PathBuf};

use serde::Serialize;
use trustpack_keystore::placing::Existing;
use trustpack_probe::comparison::Found;
use trustpack_probe::expected::{Expected, NotProbed};
use trustpack_probe::inventory::{Served, inventory};
use trustpack_probe::timeline;
use trustpack_x509::time::Timestamp;

use super::fleet::{FleetProbe, Probed};
use super::one::Connecting;
use crate::failure::{Answer, Failure};
use crate::finding_report::counted;
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
    service: Option<String>,
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
    #[serde(skip)]
    not_after_date: String,
    /// Where it stands in its time, and whether somebody refuses it.
    state: String,
    thumbprint: String,
    refused: Vec<RefusedShown>,
}

/// A client that refuses a certificate.
#[derive(Debug, Serialize)]
struct RefusedShown {
    place: String,
    why: String,
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
        output_file::check(path, *existing)
            .map_err(|failure| failure.unasked().hint("--replace replaces it"))?;
    }
    let probed = probe.ask(&Connecting::start()?, session.now)?;
    for warning in &probed.warnings {
        session::warn(warning);
    }
    let served = of(&probed);
    let not_seen = not_seen(&probed);
    let shown: Vec<ServedShown> = served
        .iter()
        .map(|one| ServedShown::new(one, session.now))
        .collect();
    match form {
        Form::Table => table(&shown, &not_seen, &mut session.out)?,
        Form::Json => {
            let document = Document {
                at: session.now.to_string(),
                certificates: shown,
                not_seen: &not_seen,
            };
            session.out.json(&document)?;
        }
        Form::Csv => {
            let text = csv(&shown, &not_seen).map_err(Failure::request)?;
            session.out.data(&text)?;
        }
        Form::Svg(path, existing) => {
            let picture = timeline::svg(&served, &in_words(&not_seen), session.now);
            if path == Path::new("-") {
                session.out.data(picture.as_bytes())?;
            } else {
                output_file::write(path, picture.as_bytes(), Secrecy::Public, *existing)?;
                session::say(&format!("drawn into {}", path.display()));
            }
        }
    }
    session.out.flush()?;
    // One that lacks something is no whole inventory, whoever reads it. What it lacks stands in it.
    Ok(if not_seen.is_empty() {
        Answer::Done
    } else {
        session::warn(format!(
            "the inventory is not whole: of {} no certificate was seen",
            counted(not_seen.len(), "endpoint")
        ));
        Answer::No
    })
}

fn in_words(not_seen: &[NotSeen]) -> Vec<String> {
    let words = |one: &NotSeen| format!("of {} no certificate was seen: {}", one.place, one.why);
    not_seen.iter().map(words).collect()
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
            (
                Expected::NotProbed(
                    NotProbed::Down { .. } | NotProbed::Wrong { .. } | NotProbed::NoAddress,
                ),
                _,
            ) => row.expected.to_string(),
            (Expected::Plain, _) | (_, Found::NotAsked | Found::Listens(_)) => return None,
            (_, Found::Unreached(why)) => why.to_string(),
            (_, Found::Contact(contact)) if contact.presented().is_empty() => row.beside(),
            (_, Found::Contact(_)) => return None,
        };
        Some(NotSeen {
            place: row.place.to_string(),
            service: row.service.clone(),
            why,
        })
    });
    rows.collect()
}

fn table(served: &[ServedShown], not_seen: &[NotSeen], out: &mut Output) -> Printed {
    let mut table = Table::new(&[
        "until",
        "state",
        "service",
        "subject",
        "issued by",
        "serial",
        "places",
    ]);
    for one in served {
        table.row(vec![
            one.not_after_date.clone(),
            one.state.clone(),
            one.service.clone(),
            one.subject.clone(),
            one.issuer.clone(),
            one.serial.clone(),
            one.places.join(", "),
        ]);
    }
    for NotSeen {
        place,
        service,
        why,
    } in not_seen
    {
        table.row(vec![
            String::new(),
            "not seen".to_owned(),
            service.clone().unwrap_or_default(),
            why.clone(),
            String::new(),
            String::new(),
            place.clone(),
        ]);
    }
    table.write(out)?;
    for one in served {
        for RefusedShown { place, why } in &one.refused {
            writeln!(out, "{place} refuses that of {}: {why}", one.service)?;
        }
    }
    Ok(())
}

/// A row for each endpoint, so that no cell is a list of places.
fn csv(served: &[ServedShown], not_seen: &[NotSeen]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "service",
        "place",
        "subject",
        "names",
        "issuer",
        "serial",
        "not_before",
        "not_after",
        "thumbprint",
        "not_seen",
        "state",
        "refused",
    ])?;
    for one in served {
        let names = one.names.join(" ");
        for place in &one.places {
            let refused = one.refused.iter().find(|refused| refused.place == *place);
            let why = refused.map(|refused| refused.why.clone());
            writer.write_record([
                &one.service,
                place,
                &one.subject,
                &names,
                &one.issuer,
                &one.serial,
                &one.not_before,
                &one.not_after,
                &one.thumbprint,
                "",
                &one.state,
                &why.unwrap_or_default(),
            ])?;
        }
    }
    for one in not_seen {
        let service = one.service.as_deref().unwrap_or_default();
        writer.write_record([
            service, &one.place, "", "", "", "", "", "", "", &one.why, "", "",
        ])?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

impl ServedShown {
    fn new(served: &Served, now: Timestamp) -> Self {
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
            not_after_date: certificate.validity().not_after.date_string(),
            state: served.state(now).to_string(),
            thumbprint: certificate.thumbprint(),
            refused: served
                .refused
                .iter()
                .map(|(place, why)| RefusedShown {
                    place: place.to_string(),
                    why: why.clone(),
                })
                .collect(),
        }
    }
}
