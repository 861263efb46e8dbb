//! TP3002: secured connection to a plain port.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3002),
    severity: Severity::Error,
    title: "secured connection to a plain port",
    meaning: "The connection says tls=1, its port speaks no TLS. Nothing is sent rather than sent in clear.",
    example: "transport = \"tls=1\" at a connection to a port without tls",
    remedy: "secure the port with tls=1, or remove tls=1 from the connection",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, port: &Place) -> Finding {
    let message =
        format!("the connection says tls=1, but {port} speaks no TLS; nothing is sent in clear");
    Finding::new(&KIND, place, message).with_spot(spot)
}
