//! TP1019: transport parameter without a value.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1019),
    severity: Severity::Error,
    title: "transport parameter without a value",
    meaning: "An entry of transport parameters has no `=`, so that it sets nothing.",
    example: "transport = \"tls\"",
    remedy: "write the entry as name=value, or remove it",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, name: &str) -> Finding {
    Finding::new(
        &KIND,
        place,
        format!("the entry {name:?} has no `=` and sets nothing"),
    )
    .with_spot(spot)
}
