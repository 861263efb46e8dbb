//! What the fleet file itself says for an endpoint, as it is written there, and the words for where that is.
//!
//! Not what counts ([`trustpack_settings::resolve`]). Invariant: only entries of the endpoint, its application and its
//! host are looked at.

use trustpack_settings::endpoint::{Endpoint, Level, Role};
use trustpack_settings::fleet::{Application, Connection, Entry, Fleet, Port};
use trustpack_settings::place::Place;
use trustpack_settings::span::Spot;

/// What an endpoint is: `port` or `connection`.
pub(super) fn kind(endpoint: &Endpoint) -> &'static str {
    match endpoint.role() {
        Role::Server => "port",
        Role::Client => "connection",
    }
}

/// A level of an endpoint in one word or two.
pub(super) fn level(level: Level, endpoint: &Endpoint) -> &'static str {
    match level {
        Level::Endpoint => kind(endpoint),
        Level::OwnFile => "own file",
        Level::Application => "application",
        Level::Host => "host",
    }
}

/// A level of an endpoint by name.
pub(super) fn level_by_name(level: Level, endpoint: &Endpoint) -> String {
    let application = endpoint.place().application();
    let application = application.map(ToString::to_string).unwrap_or_default();
    match level {
        Level::Endpoint => format!("the {}", kind(endpoint)),
        Level::OwnFile => format!("the own file of the application {application}"),
        Level::Application => format!("the application {application}"),
        Level::Host => match endpoint.host() {
            Some(host) => format!("the host {host}"),
            None => "the host".to_owned(),
        },
    }
}

/// The application of an endpoint.
pub(super) fn application<'f>(endpoint: &Endpoint, fleet: &'f Fleet) -> Option<&'f Application> {
    fleet.application(endpoint.place().application()?)
}

/// The port at a place.
pub(super) fn port<'f>(place: &Place, fleet: &'f Fleet) -> Option<&'f Port> {
    match place {
        Place::Port { application, port } => {
            let mut ports = fleet.application(application)?.ports.iter();
            ports.find(|one| one.id == *port)
        }
        Place::Fleet
        | Place::Host(_)
        | Place::Application(_)
        | Place::Connection { .. }
        | Place::Backup { .. }
        | Place::CommandLine
        | Place::Program => None,
    }
}

/// The connection at a place, for that to a backup the one that it belongs to; `None` if nobody wrote it.
pub(super) fn connection<'f>(place: &Place, fleet: &'f Fleet) -> Option<&'f Connection> {
    match place {
        Place::Connection {
            application,
            target,
            port,
        }
        | Place::Backup {
            application,
            target,
            port,
        } => {
            let mut all = fleet.application(application)?.connections.iter();
            all.find(|one| one.to.value == *target && one.port == *port)
        }
        Place::Fleet
        | Place::Host(_)
        | Place::Application(_)
        | Place::Port { .. }
        | Place::CommandLine
        | Place::Program => None,
    }
}

/// The transport parameters of an endpoint.
pub(super) fn transport<'f>(place: &Place, fleet: &'f Fleet) -> &'f [Entry] {
    let of_port = port(place, fleet).map(|port| port.transport.as_slice());
    let of_connection = || connection(place, fleet).map(|one| one.transport.as_slice());
    of_port.or_else(of_connection).unwrap_or_default()
}

/// The entry whose name stands at `spot`, at any level of an endpoint.
pub(super) fn entry<'f>(endpoint: &Endpoint, fleet: &'f Fleet, spot: &Spot) -> Option<&'f Entry> {
    let host = endpoint.host().and_then(|name| fleet.host(name));
    let levels = [
        Some(transport(endpoint.place(), fleet)),
        application(endpoint, fleet).map(|one| one.security.as_slice()),
        host.map(|one| one.security.as_slice()),
    ];
    let mut entries = levels.into_iter().flatten().flatten();
    entries.find(|entry| entry.name_spot == *spot)
}
