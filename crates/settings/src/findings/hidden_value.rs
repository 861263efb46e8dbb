//! TP2005: value hidden by a lower level.

use crate::endpoint::Level;
use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2005),
    severity: Severity::Note,
    title: "value hidden by a lower level",
    meaning: "A higher level sets the option to another value, which does not count here.",
    example: "the host has sec-protocol = \"TLSv13\", the application \"TLSv12\"",
    remedy: "remove the value that does not count if nothing else uses it",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(
    place: Place,
    spot: &Spot,
    what: &str,
    level: Level,
    hidden: (Level, &Spot),
) -> Finding {
    let (upper, upper_spot) = hidden;
    let message = format!("{what} of the {level} hides that of the {upper}");
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_related(upper_spot, "hidden here")
}
