//! TP5001: server name not checked.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(5001),
    severity: Severity::Note,
    title: "server name not checked",
    meaning: "The client checks that its server has a certificate of a trusted authority, but not for which host: any host of that authority can stand in for it.",
    example: "a connection without tls-target-name-check",
    remedy: "set tls-target-name-check to host",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place) -> Finding {
    Finding::new(
        &KIND,
        place,
        "tls-target-name-check is off: any host with a certificate of a trusted authority is taken",
    )
}
