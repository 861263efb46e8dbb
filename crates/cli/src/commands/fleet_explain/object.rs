//! What there is to say of a host or an application itself: its endpoints, and what was found at it.
//!
//! Invariant: of an endpoint only its state and its certificate, since it has an explanation of its own.

use serde::Serialize;
use trustpack_material::outlook;
use trustpack_material::survey::Survey;
use trustpack_settings::endpoint::{Endpoint, Origin};
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;
use trustpack_settings::value::Shown as _;
use trustpack_x509::time::Timestamp;

use super::written;
use crate::commands::fleet_arguments::ReadFleet;
use crate::commands::fleet_files;
use crate::failure::Failure;
use crate::finding_report::{self, FindingJson};
use crate::session::Session;

#[derive(Debug, Serialize)]
struct ObjectJson {
    place: String,
    endpoints: Vec<StateJson>,
    findings: Vec<FindingJson>,
}

#[derive(Debug, Serialize)]
struct StateJson {
    place: String,
    state: String,
    certificate: Option<String>,
    from: Option<String>,
}

impl StateJson {
    fn new(endpoint: &Endpoint, read: &ReadFleet, survey: Option<&Survey>, now: Timestamp) -> Self {
        let outlook = outlook::of(endpoint, &read.resolution, survey, now);
        let certificate = &endpoint.settings().certificate;
        let value = certificate.value.shown();
        Self {
            place: endpoint.place().to_string(),
            state: outlook.state.to_string(),
            from: match &certificate.origin {
                Origin::Set { level, .. } if !value.is_empty() => {
                    Some(written::level(*level, endpoint).to_owned())
                }
                Origin::Set { .. } | Origin::Default => None,
            },
            certificate: (!value.is_empty()).then_some(value),
        }
    }
}

/// How an object is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
}

/// Whether the fleet has this host or application.
pub(super) fn is_there(read: &ReadFleet, place: &Place) -> bool {
    match place {
        Place::Host(name) => read.fleet.host(name).is_some(),
        Place::Application(name) => read.fleet.application(name).is_some(),
        Place::Fleet
        | Place::Port { .. }
        | Place::Connection { .. }
        | Place::Backup { .. }
        | Place::CommandLine
        | Place::Program => false,
    }
}

/// Shows the endpoints of a host or application, and what was found at it.
pub(super) fn explain(
    place: &Place,
    read: &ReadFleet,
    survey: Option<&Survey>,
    form: Form,
    session: &mut Session,
) -> Result<(), Failure> {
    let endpoints = read.resolution.endpoints().iter();
    let endpoints = endpoints.filter(|endpoint| is_of(endpoint, place));
    let findings: Vec<&Finding> = fleet_files::findings(read, survey)
        .into_iter()
        .filter(|finding| finding.place == *place)
        .collect();
    let object = ObjectJson {
        place: place.to_string(),
        endpoints: endpoints
            .map(|one| StateJson::new(one, read, survey, session.now))
            .collect(),
        findings: findings.iter().map(|one| FindingJson::from(*one)).collect(),
    };
    if form == Form::Json {
        session.out.json(&object)?;
        return Ok(());
    }
    writeln!(session.out, "{place}")?;
    for endpoint in &object.endpoints {
        let StateJson { place, state, .. } = endpoint;
        let certificate = match (&endpoint.certificate, &endpoint.from) {
            (Some(certificate), Some(from)) => format!(", {certificate} of the {from}"),
            (Some(_) | None, _) => String::new(),
        };
        writeln!(session.out, "  {place}: {state}{certificate}")?;
    }
    if !findings.is_empty() {
        writeln!(session.out)?;
        writeln!(session.out, "findings that concern it:")?;
    }
    finding_report::write(&mut session.out, findings, &read.texts)?;
    Ok(())
}

fn is_of(endpoint: &Endpoint, place: &Place) -> bool {
    match place {
        Place::Host(name) => endpoint.host() == Some(name),
        Place::Application(name) => endpoint.place().application() == Some(name),
        Place::Fleet
        | Place::Port { .. }
        | Place::Connection { .. }
        | Place::Backup { .. }
        | Place::CommandLine
        | Place::Program => false,
    }
}
