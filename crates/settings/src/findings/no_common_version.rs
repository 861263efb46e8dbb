//! TP3006: no common protocol version.

use crate::endpoint::Versions;
use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3006),
    severity: Severity::Error,
    title: "no common protocol version",
    meaning: "No version of TLS is allowed: at one endpoint the lowest is above the highest, or the two ends of a connection have none in common.",
    example: "sec-protocol = \"TLSv13\" at the port, sec-protocol-max = \"TLSv12\" at the connection",
    remedy: "change sec-protocol or sec-protocol-max at one end",
    when_accepted: WhenAccepted::StaysDown,
};

/// The two ends of a connection.
pub(crate) fn between(place: Place, own: Versions, port: &Place, other: Versions) -> Finding {
    let message =
        format!("the connection allows {own}, {port} allows {other}: there is no common version");
    Finding::new(&KIND, place, message)
}

/// One endpoint alone.
pub(crate) fn alone(place: Place, own: Versions) -> Finding {
    let message = format!(
        "the lowest version allowed is {}, the highest {}: none is left",
        own.lowest, own.highest
    );
    Finding::new(&KIND, place, message)
}
