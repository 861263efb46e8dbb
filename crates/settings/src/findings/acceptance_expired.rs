//! TP1021: acceptance has ended.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1021),
    severity: Severity::Warning,
    title: "acceptance has ended",
    meaning: "The last day of an acceptance is past. It hides nothing any more.",
    example: "[[accept]] with an `until` in the past",
    remedy: "cure the finding, or accept it anew with a later date",
    when_accepted: WhenAccepted::StaysDown,
};

/// `date` is the last day it held.
pub(crate) fn found(place: Place, spot: &Spot, code: Code, date: &str) -> Finding {
    Finding::new(
        &KIND,
        place,
        format!("the acceptance of {code} ended on {date}"),
    )
    .with_spot(spot)
}
