//! TP3022: note of the catalogue.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3022),
    severity: Severity::Note,
    title: "note of the catalogue",
    meaning: "The catalogue has something to say on a kind of component or a link.",
    example: "a connection of an Interaction Server to the port ESP of a Chat Server",
    remedy: "nothing to do where the fleet is as the note says",
    when_accepted: WhenAccepted::StaysDown,
};

/// `what` is the component, or the link; `note` a text of the catalogue.
pub(crate) fn found(place: Place, spot: &Spot, what: &str, note: &str) -> Finding {
    let message = format!("{what}: {}", note.trim_end_matches('.'));
    Finding::new(&KIND, place, message).with_spot(spot)
}
