//! Why an end is secured, or why not.
//!
//! Invariant: what decides for a connection is said of its port.

use trustpack_material::prediction;
use trustpack_settings::endpoint::{Endpoint, Role, Security};
use trustpack_settings::finding::Finding;
use trustpack_settings::fleet::{Entry, EntryForm, Fleet, Mode};
use trustpack_settings::place::Place;

use super::super::written;
use crate::commands::fleet_arguments::ReadFleet;

/// Why it is secured, or why not.
pub(super) fn sentence(endpoint: &Endpoint, read: &ReadFleet) -> String {
    match (endpoint.security(), endpoint.role()) {
        (Security::Refused, _) => format!("nothing may flow: {}", prediction::errors(endpoint)),
        (Security::Product, _) => by_product(endpoint, &read.fleet),
        (Security::Open | Security::Tls | Security::AutoDetect, Role::Server) => {
            without_provider(of_server(endpoint, &read.fleet), endpoint, read)
        }
        (Security::Open | Security::Tls | Security::AutoDetect, Role::Client) => {
            without_provider(of_client(endpoint, read), endpoint, read)
        }
    }
}

/// The same of an end that should be secured, and has nobody who could do it.
fn without_provider(sentence: String, endpoint: &Endpoint, read: &ReadFleet) -> String {
    let has_tls = endpoint.settings().provider.value.is_some()
        || endpoint.security() == Security::Open
        || written::own_file_not_read(endpoint, &read.fleet).is_some();
    match sentence.strip_prefix("it is secured: ") {
        Some(why) if !has_tls => {
            format!("it should be secured, and has no TLS since no provider is set: {why}")
        }
        Some(_) | None => sentence,
    }
}

fn of_server(endpoint: &Endpoint, fleet: &Fleet) -> String {
    match endpoint.security() {
        Security::Tls => format!("it is secured: {}", says(endpoint.place(), fleet, TLS)),
        Security::AutoDetect => {
            format!("clients decide: {}", says(endpoint.place(), fleet, UPGRADE))
        }
        Security::Open | Security::Refused | Security::Product => {
            let plain = plain_text(endpoint.place(), fleet);
            if endpoint.findings().any(Finding::bars) {
                let errors = prediction::errors(endpoint);
                format!(
                    "nothing may flow: {errors}; without that it would be plain text, since {plain}"
                )
            } else {
                format!("it is plain text: {plain}")
            }
        }
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
            "it is secured: {port} takes both{}, and a connection to it is secured unless it says tls=0 itself",
            why(UPGRADE)
        ),
        Security::Open if lets_clients_decide => {
            let own = transport(endpoint.place(), &read.fleet, "tls");
            let spot = own.map_or_else(String::new, |own| format!(" ({})", own.name_spot));
            format!(
                "it is plain text: {port} takes both{}, and the connection says tls=0{spot}",
                why(UPGRADE)
            )
        }
        Security::Tls => format!(
            "it is secured: {port} is{}, and that decides for every connection to it",
            why(TLS)
        ),
        Security::AutoDetect => format!("it may be secured: {port} lets clients decide"),
        Security::Open | Security::Refused | Security::Product => {
            format!("it is plain text: {port} has no tls=1, and that decides for every connection")
        }
    }
}

/// The text that says who sets up its TLS.
fn by_product(endpoint: &Endpoint, fleet: &Fleet) -> String {
    let place = endpoint.place();
    let of_port = |place: &Place| written::port(place, fleet)?.configured_by.as_ref();
    let own = of_port(place).or_else(|| {
        let connection = written::connection(place, fleet)?;
        connection.configured_by.as_deref()
    });
    if let Some(own) = own {
        return format!(
            "the product does its TLS, {:?} (configured-by, {}), so nothing of it is resolved here",
            own.value, own.spot
        );
    }
    let server = server_port(endpoint, fleet);
    let of_server = server.and_then(|place| Some((of_port(&place)?, place)));
    match of_server {
        Some((said, port)) => format!(
            "the product does the TLS of its port {port}, {:?} (configured-by, {}), so nothing of it is resolved here",
            said.value, said.spot
        ),
        None => {
            "the product does its TLS (configured-by), so nothing of it is resolved here".to_owned()
        }
    }
}

/// A parameter that secures a port, and the mode that writes it.
#[derive(Clone, Copy, Debug)]
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
    if let Some(entry) = transport(place, fleet, parameter) {
        let spot = &entry.name_spot;
        return format!("its transport parameters say {parameter}=1, {spot}");
    }
    let written = written::port(place, fleet).and_then(|port| port.mode.as_ref());
    match written.filter(|written| written.value == mode) {
        Some(written) => {
            let spot = &written.spot;
            format!("its mode is \"{mode_word}\", which means {parameter}=1, {spot}")
        }
        None => format!("the own file of its application says {parameter}=1"),
    }
}

/// Why a port is in plain text.
fn plain_text(place: &Place, fleet: &Fleet) -> String {
    let mode = written::port(place, fleet).and_then(|port| port.mode.as_ref());
    let secured = mode.filter(|mode| mode.value == Mode::Secured);
    match (transport(place, fleet, "tls"), secured) {
        (Some(tls), secured) => {
            let against = secured.map_or_else(String::new, |mode| {
                format!(", which wins over its mode \"secured\" ({})", mode.spot)
            });
            let (value, spot) = (tls.value.expose(), &tls.name_spot);
            format!("its transport parameters say tls={value} ({spot}){against}")
        }
        (None, Some(_) | None) => {
            "neither its transport parameters nor its mode say tls=1".to_owned()
        }
    }
}

/// A transport parameter of an endpoint that counts.
fn transport<'f>(place: &Place, fleet: &'f Fleet, name: &str) -> Option<&'f Entry> {
    let entries = written::transport(place, fleet).iter();
    let mut good = entries.filter(|entry| entry.form == EntryForm::Good);
    good.find(|entry| entry.name == name)
}

/// The port that a connection leads to.
fn server_port(endpoint: &Endpoint, fleet: &Fleet) -> Option<Place> {
    if endpoint.role() == Role::Client
        && let Some(port) = endpoint.port()
    {
        return Some(port.clone());
    }
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
