//! What the fleet file itself says for an endpoint, as it is written there, and the words for where that is.
//!
//! Not what counts ([`trustpack_settings::resolve`]). Invariant: only entries of the endpoint, its application and its
//! host are looked at.

use std::fmt;

use trustpack_settings::endpoint::{Endpoint, Engine, Level, Role};
use trustpack_settings::fleet::{Application, Connection, Entry, Fleet, OwnFile, Port};
use trustpack_settings::options::{self, OptionId};
use trustpack_settings::place::Place;
use trustpack_settings::resolve::entries::WrittenEntry;
use trustpack_settings::span::{Located, Spot};
use trustpack_settings::value::AbsolutePath;

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

/// A level of the server, as somebody at `endpoint` names it, which may be the server itself.
pub(super) fn level_of_server(level: Level, endpoint: &Endpoint, server: &Endpoint) -> String {
    match (endpoint.role(), level) {
        (Role::Server, _) => level_by_name(level, server),
        (Role::Client, Level::Endpoint) => format!("the port {}", server.place()),
        (Role::Client, Level::OwnFile | Level::Application | Level::Host) => {
            let own = level_by_name(level, server);
            format!("on the server's side {own}")
        }
    }
}

/// The own file of an application that was not read, and why.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotRead<'f> {
    file: &'f Located<AbsolutePath>,
    why: &'f str,
}

impl fmt::Display for NotRead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, why } = self;
        let (path, spot) = (&file.value, &file.spot);
        write!(
            f,
            "what its own file {path} says is not known, since it could not be read: {why} (own-file, {spot})"
        )
    }
}

/// The own file of the application of an endpoint, if nobody knows what it says.
pub(super) fn own_file_not_read<'f>(endpoint: &Endpoint, fleet: &'f Fleet) -> Option<NotRead<'f>> {
    let application = application(endpoint, fleet)?;
    let file = application.own_file.as_ref()?;
    let why = match fleet.own_files.get(&application.name.value) {
        Some(OwnFile::Read(_)) => return None,
        Some(OwnFile::Unread { why }) => why,
        None => "say with --files DIR where the files of its host are",
    };
    Some(NotRead { file, why })
}

/// An entry as it is written, but for a value that may be a secret.
pub(super) fn in_short(entry: &WrittenEntry) -> String {
    let name = entry.name.trim();
    match &entry.value {
        Some(value) => format!("{name}={value}"),
        None => name.to_owned(),
    }
}

/// What an endpoint itself says of who does its TLS.
pub(super) fn engine(place: &Place, fleet: &Fleet) -> Option<Engine> {
    let of_port = port(place, fleet).and_then(|port| port.engine.as_ref());
    let of_connection = || connection(place, fleet)?.engine.as_deref();
    of_port.or_else(of_connection).map(|said| said.value)
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

/// The entry that sets `option` at `spot`, at any level of an endpoint. The option is asked for too: of a string with
/// escapes in it all entries stand at one spot.
pub(super) fn entry<'f>(
    endpoint: &Endpoint,
    fleet: &'f Fleet,
    option: OptionId,
    spot: &Spot,
) -> Option<&'f Entry> {
    let host = endpoint.host().and_then(|name| fleet.host(name));
    let levels = [
        Some(transport(endpoint.place(), fleet)),
        application(endpoint, fleet).map(|one| one.security.as_slice()),
        host.map(|one| one.security.as_slice()),
    ];
    let mut entries = levels.into_iter().flatten().flatten();
    entries.find(|entry| {
        let named = options::by_name(&entry.name).map(|row| row.id);
        entry.name_spot == *spot && named == Some(option)
    })
}
