//! TP5007: port in plain text.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(5007),
    severity: Severity::Note,
    title: "port in plain text",
    meaning: "The port speaks no TLS, so whatever its connections carry can be read and changed on the way. Whether its program can do TLS is not known from the fleet: its component is not said, not in the catalogue, or there without a port that does TLS. A tunnel can secure it in any case.",
    example: "a port without mode, of an application without component",
    remedy: "set mode = \"secured\"; if the program cannot do TLS, give the port and its connections a tunnel",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot) -> Finding {
    let message = "the port is in plain text, and so is every connection to it";
    Finding::new(&KIND, place, message).with_spot(spot)
}
