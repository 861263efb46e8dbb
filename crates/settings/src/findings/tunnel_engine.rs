//! TP2011: tunnel beside another engine.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2011),
    severity: Severity::Error,
    title: "tunnel beside another engine",
    meaning: "A tunnel does the TLS of this endpoint, and engine says that the program does it itself. Both together would encrypt twice or not at all.",
    example: "tunnel = \"127.0.0.1:12060\"\nengine = \"openssl\"",
    remedy: "remove tunnel or engine",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, engine: &str) -> Finding {
    let message = format!(
        "a tunnel carries the endpoint, but engine is {engine:?}; allowed with tunnel is \"trustpack\""
    );
    Finding::new(&KIND, place, message).with_spot(spot)
}
