//! TP1014: value in another case.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1014),
    severity: Severity::Warning,
    title: "value in another case",
    meaning: "A fixed value is written in another case. It is taken, because it can mean only one thing; other systems may not take it.",
    example: "tls-target-name-check = \"Host\"",
    remedy: "write the value as it is documented",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(
    place: Place,
    spot: &Spot,
    option: &str,
    written: &str,
    right: &str,
) -> Finding {
    let message = format!("{option}: the value {written:?} is taken as {right:?}");
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_remedy(format!("write {right:?}"))
}
