//! TP1004: missing key in the fleet file.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1004),
    severity: Severity::Error,
    title: "missing key in the fleet file",
    meaning: "An object lacks a key that it must have.",
    example: "[[host]]\naddresses = [\"10.0.0.11\"]",
    remedy: "add the key",
    when_accepted: WhenAccepted::StaysDown,
};

/// `object` is the kind of object: `host`, `port`.
pub(crate) fn found(place: Place, spot: &Spot, object: &str, key: &str) -> Finding {
    Finding::new(&KIND, place, format!("the {object} has no {key:?}"))
        .with_spot(spot)
        .with_remedy(format!("add `{key} = ...`"))
}
