//! TP1010: option name in the wrong case.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1010),
    severity: Severity::Error,
    title: "option name in the wrong case",
    meaning: "Option names are case-sensitive: in another case the option counts as not set. Endpoints that would take the option from there are not started.",
    example: "TLS-Mutual = \"1\"",
    remedy: "write the name in lower case",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, written: &str, right: &str) -> Finding {
    let message =
        format!("the option {written:?} is written in the wrong case and counts as not set");
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_remedy(format!("write {right:?}"))
}
