//! TP3001: connection in clear to a secured port.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3001),
    severity: Severity::Error,
    title: "connection in clear to a secured port",
    meaning: "The connection says tls=0, its port speaks TLS from the first byte.",
    example: "transport = \"tls=0\" at a connection to a port with tls=1",
    remedy: "remove tls=0 from the connection",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, port: &Place) -> Finding {
    let message = format!("the connection says tls=0, but {port} speaks TLS");
    Finding::new(&KIND, place, message).with_spot(spot)
}
