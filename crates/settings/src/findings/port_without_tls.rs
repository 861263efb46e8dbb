//! TP5006: port in clear that could be secured.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(5006),
    severity: Severity::Note,
    title: "port in clear that could be secured",
    meaning: "The port speaks no TLS, though components of this kind can.",
    example: "a Stat Server with a port without mode",
    remedy: "set mode = \"secured\"",
    when_accepted: WhenAccepted::StaysDown,
};

/// `kind` is the kind of component.
pub(crate) fn found(place: Place, spot: &Spot, kind: &str) -> Finding {
    let message = format!("the port is in clear; a {kind} can secure it");
    Finding::new(&KIND, place, message).with_spot(spot)
}
