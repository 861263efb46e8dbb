//! TP1012: unknown option.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1012),
    severity: Severity::Note,
    title: "unknown option",
    meaning: "The name is none of a TLS option. It may belong to another program, and is passed over.",
    example: "trace-level = \"2\"",
    remedy: "remove it if nobody needs it",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, written: &str) -> Finding {
    let message = format!("the option {written:?} is unknown and passed over");
    Finding::new(&KIND, place, message).with_spot(spot)
}
