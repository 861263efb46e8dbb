//! TP3020: link that the catalogue does not list.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3020),
    severity: Severity::Note,
    title: "link that the catalogue does not list",
    meaning: "The catalogue does not list TLS on connections between these two kinds of components. Perhaps they cannot do it, or later releases can; a tunnel can in any case.",
    example: "a secured connection of a Chat Server to an SMS Server",
    remedy: "look into the documents of both, or let a tunnel carry the connection",
    when_accepted: WhenAccepted::StaysDown,
};

/// `client` and `server` are kinds of components.
pub(crate) fn found(place: Place, spot: &Spot, client: &str, server: &str) -> Finding {
    let message =
        format!("the catalogue lists no TLS between {client} as a client and {server} as a server");
    Finding::new(&KIND, place, message).with_spot(spot)
}
