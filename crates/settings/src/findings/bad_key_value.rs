//! TP1003: bad value of a key in the fleet file.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1003),
    severity: Severity::Error,
    title: "bad value of a key in the fleet file",
    meaning: "A key of an object has a value it cannot have.",
    example: "[[application.port]]\nnumber = 70000",
    remedy: "give a value that is allowed",
    when_accepted: WhenAccepted::StaysDown,
};

/// `problem` says what is wrong, with the value and what is allowed.
pub(crate) fn found(place: Place, spot: &Spot, key: &str, problem: &str) -> Finding {
    Finding::new(&KIND, place, format!("{key}: {problem}")).with_spot(spot)
}
