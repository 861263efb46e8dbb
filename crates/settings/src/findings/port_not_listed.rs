//! TP3021: port that the catalogue does not list.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3021),
    severity: Severity::Note,
    title: "port that the catalogue does not list",
    meaning: "The catalogue lists TLS between these two kinds of components, but on another port than the connection uses.",
    example: "a secured connection of an Interaction Server to another port of a Chat Server than ESP",
    remedy: "connect to a port that is listed",
    when_accepted: WhenAccepted::StaysDown,
};

/// `listed` are the ports of the catalogue in words.
pub(crate) fn found(place: Place, spot: &Spot, port: &str, listed: &str) -> Finding {
    let message =
        format!("the port {port:?} is not what the catalogue lists for this link: {listed}");
    Finding::new(&KIND, place, message).with_spot(spot)
}
