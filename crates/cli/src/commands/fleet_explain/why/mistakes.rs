//! What is written so that it does not count, at this end and at the other: somebody meant it to be there.
//!
//! Invariant: what has an effect is never told here.

use trustpack_settings::endpoint::{Endpoint, Role};
use trustpack_settings::options::OptionId;
use trustpack_settings::place::{Place, PortId};
use trustpack_settings::resolve::entries::{self, Broken, Fate, WrittenEntry};
use trustpack_settings::resolve::missed::{self, Missed, NotThere};

use super::super::written;
use crate::commands::fleet_arguments::ReadFleet;

/// Those of the endpoint, those of its server that decide about it, and of a port the connections that it does not get.
pub(super) fn sentences(endpoint: &Endpoint, read: &ReadFleet) -> Vec<String> {
    let mut sentences: Vec<String> = broken(endpoint, read)
        .map(|(entry, how)| {
            let level = written::level_by_name(entry.level, endpoint);
            told(&entry, &level, &how)
        })
        .collect();
    match endpoint.role() {
        Role::Client => sentences.extend(at_server(endpoint, read)),
        Role::Server => sentences.extend(missed_by(endpoint, read)),
    }
    sentences
}

/// Whether somebody wrote an option for an endpoint, and so that it does not count.
pub(super) fn is_broken(option: OptionId, endpoint: &Endpoint, read: &ReadFleet) -> bool {
    broken(endpoint, read).any(|(entry, _)| entry.meant == Some(option))
}

fn broken(endpoint: &Endpoint, read: &ReadFleet) -> impl Iterator<Item = (WrittenEntry, Broken)> {
    let all = entries::of(endpoint, &read.fleet).into_iter();
    all.filter_map(|entry| match &entry.fate {
        Fate::Broken(how) => {
            let how = how.clone();
            Some((entry, how))
        }
        Fate::Counts | Fate::Idle(_) | Fate::Hidden(_) | Fate::OtherPurpose => None,
    })
}

fn told(entry: &WrittenEntry, level: &str, how: &Broken) -> String {
    let (entry, spot) = (written::in_short(entry), &entry.spot);
    let see = how
        .code()
        .map_or_else(String::new, |code| format!(": see {code}"));
    format!("{entry:?} at {level} ({spot}) {how}{see}")
}

/// What the server says of TLS and of client certificates, and says wrongly.
fn at_server(endpoint: &Endpoint, read: &ReadFleet) -> Vec<String> {
    let server = endpoint
        .port()
        .and_then(|port| read.resolution.endpoint(port));
    let Some(server) = server else {
        return Vec::new();
    };
    let decides = |entry: &WrittenEntry| {
        let of_link = [OptionId::Tls, OptionId::Upgrade, OptionId::TlsMutual];
        entry.meant.is_some_and(|option| of_link.contains(&option))
    };
    broken(server, read)
        .filter(|(entry, _)| decides(entry))
        .map(|(entry, how)| {
            let level = written::level_of_server(entry.level, endpoint, server);
            format!("at the other end, {}", told(&entry, &level, &how))
        })
        .collect()
}

/// The connections that perhaps were to lead here.
fn missed_by(endpoint: &Endpoint, read: &ReadFleet) -> Vec<String> {
    let Some(name) = endpoint.place().application() else {
        return Vec::new();
    };
    let all = missed::by(name, &read.fleet).into_iter();
    let here = all.filter(|missed| match missed.what {
        NotThere::Application => port_of(&missed.place) == port_of(endpoint.place()),
        // Any port of the application may have been meant.
        NotThere::Port => true,
    });
    let told = here.map(|missed| {
        let Missed {
            place,
            written,
            spot,
            what,
        } = missed;
        match what {
            NotThere::Application => format!(
                "{place} does not get here: no application is called {written:?} ({spot}), and {name} was perhaps meant"
            ),
            NotThere::Port => format!(
                "{place} does not get here: {name} has no port {written:?} ({spot})"
            ),
        }
    });
    told.collect()
}

fn port_of(place: &Place) -> Option<&PortId> {
    match place {
        Place::Port { port, .. } | Place::Connection { port, .. } | Place::Backup { port, .. } => {
            Some(port)
        }
        Place::Fleet
        | Place::Host(_)
        | Place::Application(_)
        | Place::CommandLine
        | Place::Program => None,
    }
}
