//! Why an end gets what it gets, in sentences for somebody who sees a fleet for the first time.
//!
//! Not the deciding, which is done ([`trustpack_settings::resolve`]): only the words for it.
//! Invariant: a sentence names the level, and the file and line where that is known.

use trustpack_settings::endpoint::{
    Endpoint, Level, Origin, Role, Security, ServerCheck, ShownSetting,
};
use trustpack_settings::finding::Finding;
use trustpack_settings::fleet::{Application, CertificateSource, EntryForm, Fleet, Mode};
use trustpack_settings::options::Grouping;
use trustpack_settings::place::Place;
use trustpack_settings::value::Provider;

use crate::commands::fleet_arguments::ReadFleet;

/// The sentences, each without a period.
pub(super) fn sentences(endpoint: &Endpoint, read: &ReadFleet) -> Vec<String> {
    let fleet = &read.fleet;
    let mut sentences = vec![secured(endpoint, read)];
    match endpoint.security() {
        Security::Tls | Security::AutoDetect | Security::Refused => {}
        Security::Open | Security::Product => return sentences,
    }
    sentences.extend(credentials(endpoint, fleet));
    if let Some(ServerCheck::Chain) = endpoint.server_check() {
        sentences.push(
            "names are not compared: tls-target-name-check is not \"host\" at any level that counts"
                .to_owned(),
        );
    }
    sentences
}

/// Why it is secured, or why not.
fn secured(endpoint: &Endpoint, read: &ReadFleet) -> String {
    let fleet = &read.fleet;
    if endpoint.security() == Security::Refused {
        return "nothing may flow: see the errors below".to_owned();
    }
    match endpoint.role() {
        Role::Server => match endpoint.security() {
            Security::Tls => format!("it is secured: {}", says(endpoint.place(), fleet, TLS)),
            Security::AutoDetect => {
                format!("clients decide: {}", says(endpoint.place(), fleet, UPGRADE))
            }
            Security::Open if endpoint.findings().any(Finding::bars) => {
                "nothing may flow: see the errors below; without them it would be plain text, since nothing says tls=1".to_owned()
            }
            Security::Open | Security::Refused => {
                "it is plain text: neither its transport parameters nor its mode say tls=1"
                    .to_owned()
            }
            Security::Product => BY_PRODUCT.to_owned(),
        },
        Role::Client => of_client(endpoint, read),
    }
}

fn of_client(endpoint: &Endpoint, read: &ReadFleet) -> String {
    let place = server_port(endpoint, &read.fleet);
    let port = place.as_ref().map_or_else(
        || "its port".to_owned(),
        |place| format!("the port {place}"),
    );
    let server = place
        .as_ref()
        .and_then(|place| read.resolution.endpoint(place));
    let lets_clients_decide = server.map(Endpoint::security) == Some(Security::AutoDetect);
    let why = |parameter| match &place {
        Some(place) => format!(" ({})", says(place, &read.fleet, parameter)),
        None => String::new(),
    };
    match endpoint.security() {
        Security::Tls if lets_clients_decide => format!(
            "it is secured: {port} takes both{}, and a connection to it is secured unless its own transport parameters say tls=0",
            why(UPGRADE)
        ),
        Security::Open if lets_clients_decide => format!(
            "it is plain text: {port} takes both{}, and its own transport parameters say tls=0",
            why(UPGRADE)
        ),
        Security::Tls => format!(
            "it is secured: {port} is{}, and that decides for every connection to it",
            why(TLS)
        ),
        Security::AutoDetect => format!("it may be secured: {port} lets clients decide"),
        Security::Open | Security::Refused => {
            format!("it is plain text: {port} has no tls=1, and that decides for every connection")
        }
        Security::Product => BY_PRODUCT.to_owned(),
    }
}

const BY_PRODUCT: &str =
    "its TLS is set up by the product (configured-by), so nothing here is resolved";

/// A parameter that secures a port, and the mode that writes it.
#[derive(Clone, Copy)]
struct Securing {
    parameter: &'static str,
    mode: Mode,
    mode_word: &'static str,
}

const TLS: Securing = Securing {
    parameter: "tls",
    mode: Mode::Secured,
    mode_word: "secured",
};
const UPGRADE: Securing = Securing {
    parameter: "upgrade",
    mode: Mode::AutoDetect,
    mode_word: "auto-detect",
};

/// Where a port says that it is secured.
fn says(place: &Place, fleet: &Fleet, securing: Securing) -> String {
    let Securing {
        parameter,
        mode,
        mode_word,
    } = securing;
    let port = match place {
        Place::Port { application, port } => fleet
            .application(application)
            .and_then(|one| one.ports.iter().find(|one| one.id == *port)),
        Place::Fleet
        | Place::Host(_)
        | Place::Application(_)
        | Place::Connection { .. }
        | Place::Backup { .. }
        | Place::CommandLine
        | Place::Program => None,
    };
    let entries = port.into_iter().flat_map(|port| &port.transport);
    let mut entries = entries.filter(|entry| entry.form == EntryForm::Good);
    if let Some(entry) = entries.find(|entry| entry.name == parameter) {
        let spot = &entry.name_spot;
        return format!("its transport parameters say {parameter}=1, {spot}");
    }
    let written = port.and_then(|port| port.mode.as_ref());
    match written.filter(|written| written.value == mode) {
        Some(written) => {
            let spot = &written.spot;
            format!("its mode is \"{mode_word}\", which means {parameter}=1, {spot}")
        }
        None => format!("the own file of its application says {parameter}=1"),
    }
}

/// The port that a connection leads to.
fn server_port(endpoint: &Endpoint, fleet: &Fleet) -> Option<Place> {
    let (application, port) = match endpoint.place() {
        Place::Connection { target, port, .. } => (target.clone(), port),
        Place::Backup { target, port, .. } => {
            let backup = fleet.application(target)?.backup.as_ref()?;
            (backup.value.clone(), port)
        }
        Place::Fleet
        | Place::Host(_)
        | Place::Application(_)
        | Place::Port { .. }
        | Place::CommandLine
        | Place::Program => return None,
    };
    Some(Place::Port {
        application,
        port: port.clone(),
    })
}

/// Which level the credentials come from, and why from that one.
fn credentials(endpoint: &Endpoint, fleet: &Fleet) -> Vec<String> {
    let settings = endpoint.settings();
    let shown = settings.shown();
    let block: Vec<&ShownSetting<'_>> = shown
        .iter()
        .filter(|setting| setting.option.row().grouping == Grouping::Block)
        .collect();
    let application = endpoint.place().application();
    let application = application.and_then(|name| fleet.application(name));
    let level = block.iter().find_map(|setting| match setting.origin {
        Origin::Set { level, .. } => Some(*level),
        Origin::Default => None,
    });
    let passed = |below: Option<Level>| passed_over(below, application);
    let Some(level) = level else {
        let windows = settings.provider.value == Some(Provider::Mscapi);
        let instead = if windows {
            "; whom it trusts, the stores of Windows say"
        } else {
            ""
        };
        let why = passed(None);
        return vec![format!("it has no credentials: {why}{instead}")];
    };
    let from = level_name(level, endpoint);
    let mut sentences = vec![if level == Level::Endpoint {
        format!("its credentials come from {from}, which is looked at first and has some")
    } else {
        let why = passed(Some(level));
        format!("its credentials come from {from}, the first level that has any: {why}")
    }];
    if level == Level::Application
        && let Some(source) = application.and_then(|one| one.certificate_source.as_ref())
        && source.value == CertificateSource::Application
    {
        let spot = &source.spot;
        sentences.push(format!(
            "those of its host do not count: certificate-source is \"application\" ({spot})"
        ));
    }
    if block.iter().any(|setting| !setting.hidden.is_empty()) {
        sentences.push(format!(
            "credentials are taken together: those of higher levels are hidden, also where {from} has none"
        ));
    }
    sentences
}

fn level_name(level: Level, endpoint: &Endpoint) -> String {
    let application = endpoint.place().application();
    let application = application.map(ToString::to_string).unwrap_or_default();
    let host = endpoint.host().map(ToString::to_string).unwrap_or_default();
    match level {
        Level::Endpoint => "its own transport parameters".to_owned(),
        Level::OwnFile => format!("the own file of the application {application}"),
        Level::Application => format!("[security] of the application {application}"),
        Level::Host => format!("[security] of the host {host}"),
    }
}

/// Why the levels below one, or all of them, give no credentials.
fn passed_over(below: Option<Level>, application: Option<&Application>) -> String {
    let source = application.and_then(|one| one.certificate_source.as_ref());
    let shut = |source: &str| format!("is passed over, since certificate-source is \"{source}\"");
    let mut reasons = vec!["its transport parameters have none".to_owned()];
    if application.is_some_and(|one| one.own_file.is_some()) {
        if below != Some(Level::OwnFile) {
            reasons.push("neither has its own file, and other levels do not count".to_owned());
        }
        return reasons.join(", ");
    }
    if below != Some(Level::Application) {
        reasons.push(match source {
            Some(source) if source.value == CertificateSource::Host => {
                format!("the application {} ({})", shut("host"), source.spot)
            }
            Some(_) | None => "the application has none".to_owned(),
        });
    }
    if below.is_none() {
        reasons.push(match source {
            Some(source) if source.value == CertificateSource::Application => {
                format!("the host {} ({})", shut("application"), source.spot)
            }
            Some(_) | None => "the host has none".to_owned(),
        });
    }
    reasons.join(", ")
}
