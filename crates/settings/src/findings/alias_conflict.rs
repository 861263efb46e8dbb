//! TP1020: one option under two names.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1020),
    severity: Severity::Error,
    title: "one option under two names",
    meaning: "An option has two names, and both are set at one level with different values.",
    example: "crl = \"/a.crl\"\ntls-crl = \"/b.crl\"",
    remedy: "keep one of them",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, name: &str, other: &str, first: &Spot) -> Finding {
    let message = format!("{name:?} and {other:?} are one option and have different values here");
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_related(first, "the other one")
}
