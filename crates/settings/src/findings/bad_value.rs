//! TP1013: bad value of an option.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1013),
    severity: Severity::Error,
    title: "bad value of an option",
    meaning: "An option has a value that it cannot have. Endpoints that would take the option from there are not started.",
    example: "tls-mutual = \"yes\"",
    remedy: "give a value that is allowed",
    when_accepted: WhenAccepted::StaysDown,
};

/// `problem` says what is wrong, with the value and what is allowed.
pub(crate) fn found(place: Place, spot: &Spot, option: &str, problem: &str) -> Finding {
    Finding::new(&KIND, place, format!("{option}: {problem}")).with_spot(spot)
}
