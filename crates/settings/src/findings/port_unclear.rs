//! TP3007: port of the connection is contradictory.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3007),
    severity: Severity::Error,
    title: "port of the connection is contradictory",
    meaning: "Whether the port speaks TLS cannot be told from its settings, so the connection cannot be made safely.",
    example: "a connection to a port with transport = \"tls=yes\"",
    remedy: "mend the settings of the port",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, port: &Place) -> Finding {
    let message =
        format!("whether {port} speaks TLS cannot be told, because its settings have an error");
    Finding::new(&KIND, place, message)
}
