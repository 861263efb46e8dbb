//! Of an endpoint that nobody wrote: what makes it.
//!
//! Invariant: an endpoint that stands in a file gets no sentence.

use trustpack_settings::endpoint::Endpoint;
use trustpack_settings::fleet::Fleet;
use trustpack_settings::fleet::HaSync;
use trustpack_settings::place::{ApplicationName, Place, PortId};

use super::super::written;

/// What makes it, if it is a link between the two of a pair or a connection to a backup.
pub(super) fn sentence(endpoint: &Endpoint, fleet: &Fleet) -> Option<String> {
    match endpoint.place() {
        Place::Connection {
            application,
            target,
            port,
        } if written::connection(endpoint.place(), fleet).is_none() => {
            link_of_pair(application, target, port, fleet)
        }
        Place::Backup { target, .. } => {
            let connection = written::connection(endpoint.place(), fleet)?;
            let backup = fleet.application(target)?.backup.as_ref()?;
            Some(format!(
                "it stands in no file: {target} has the backup {} ({}), so the connection to {target} ({}) goes there too",
                backup.value, backup.spot, connection.to.spot
            ))
        }
        Place::Connection { .. }
        | Place::Fleet
        | Place::Host(_)
        | Place::Application(_)
        | Place::Port { .. }
        | Place::CommandLine
        | Place::Program => None,
    }
}

fn link_of_pair(
    own: &ApplicationName,
    partner: &ApplicationName,
    port: &PortId,
    fleet: &Fleet,
) -> Option<String> {
    let backup_of = |name, backup: &ApplicationName| {
        let written = fleet.application(name)?.backup.as_ref()?;
        (written.value == *backup).then(|| (name, backup.clone(), &written.spot))
    };
    let (primary, backup, spot) = backup_of(own, partner).or_else(|| backup_of(partner, own))?;
    let ports = &fleet.application(partner)?.ports;
    let port = ports.iter().find(|one| one.id == *port)?;
    let by = match port.ha_sync {
        HaSync::Yes => "which is the one for pairs (ha-sync)",
        HaSync::No => "since no port of it has ha-sync",
    };
    Some(format!(
        "it stands in no file: {primary} has the backup {backup} ({spot}), and the two are linked by the port {} of {partner}, {by} ({})",
        port.id, port.spot
    ))
}
