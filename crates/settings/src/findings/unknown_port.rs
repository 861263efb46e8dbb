//! TP3004: unknown port.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3004),
    severity: Severity::Error,
    title: "unknown port",
    meaning: "A connection names a port ID that its target does not have.",
    example: "to = \"MessageServer\"\nport = \"secure\"",
    remedy: "name a port of the target",
    when_accepted: WhenAccepted::StaysDown,
};

/// `ids` are the IDs that the target has.
pub(crate) fn found(place: Place, spot: &Spot, target: &str, id: &str, ids: &[&str]) -> Finding {
    let has = if ids.is_empty() {
        "no ports".to_owned()
    } else {
        format!("only {}", ids.join(", "))
    };
    let message = format!("{target:?} has no port {id:?}; it has {has}");
    Finding::new(&KIND, place, message).with_spot(spot)
}
