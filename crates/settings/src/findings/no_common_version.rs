//! TP3006: no common protocol version.

use crate::endpoint::{Origin, Versions};
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

/// The two ends of a connection; `limit` is what holds the client there.
pub(crate) fn between(
    place: Place,
    own: Versions,
    limit: &Origin,
    port: &Place,
    other: Versions,
) -> Finding {
    let message =
        format!("the connection allows {own}, {port} allows {other}: there is no common version");
    at(limit, Finding::new(&KIND, place, message))
}

/// One endpoint alone; `limit` is its highest version.
pub(crate) fn alone(place: Place, own: Versions, limit: &Origin) -> Finding {
    let message = format!(
        "the lowest version allowed is {}, the highest {}: none is left",
        own.lowest, own.highest
    );
    at(limit, Finding::new(&KIND, place, message))
        .with_remedy("change sec-protocol or sec-protocol-max, so that a version is left")
}

fn at(limit: &Origin, finding: Finding) -> Finding {
    match limit.spot() {
        Some(spot) => finding.with_spot(spot),
        None => finding,
    }
}
