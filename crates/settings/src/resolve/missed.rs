//! Connections that an application does not get, because they name it or its port wrongly.
//!
//! Not the finding, which stands at the connection: this is for whoever looks at the other end.
//! Invariant: a connection that leads somewhere is never told here.

use super::name_index::NameIndex;
use crate::fleet::{Application, Fleet};
use crate::place::{ApplicationName, Place};
use crate::span::Spot;
use crate::spelling;

/// A connection that leads nowhere and perhaps was to lead to an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The connection.
    pub place: Place,
    /// What it names, as it is written: an application, or a port of it.
    pub written: String,
    /// Where.
    pub spot: Spot,
    /// What of it is not there.
    pub what: NotThere,
}

/// What a connection names that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotThere {
    /// The application; its name is near.
    Application,
    /// The port of the application.
    Port,
}

/// The connections of `fleet` that perhaps were to lead to the application `name`, in the order of the fleet.
#[must_use]
pub fn by(name: &ApplicationName, fleet: &Fleet) -> Vec<Missed> {
    let Some(application) = fleet.application(name) else {
        return Vec::new();
    };
    let names = fleet.applications.iter().map(|one| one.name.value.as_str());
    let known = NameIndex::new(names);
    let clients = fleet.applications.iter();
    let missed = clients.flat_map(|client| of_client(client, application, &known));
    missed.collect()
}

fn of_client(client: &Application, server: &Application, known: &NameIndex<'_>) -> Vec<Missed> {
    let own = &server.name.value;
    let mut missed = Vec::new();
    for connection in &client.connections {
        let to = &connection.to;
        let found = |written: &str, spot: &Spot, what| Missed {
            place: connection.place(&client.name.value),
            written: written.to_owned(),
            spot: spot.clone(),
            what,
        };
        if to.value == *own {
            let has_port = server.ports.iter().any(|port| port.id == connection.port);
            if !has_port {
                let spot = connection.port_spot.as_ref().unwrap_or(&to.spot);
                missed.push(found(connection.port.as_str(), spot, NotThere::Port));
            }
        } else if known.positions(to.value.as_str()).next().is_none()
            && spelling::nearest(to.value.as_str(), [own.as_str()]).is_some()
        {
            missed.push(found(to.value.as_str(), &to.spot, NotThere::Application));
        }
    }
    missed
}
