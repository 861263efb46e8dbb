//! TP1006: object defined twice.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1006),
    severity: Severity::Error,
    title: "object defined twice",
    meaning: "Two hosts or applications have one name, two ports of an application one ID, or two of its connections lead to one port. The first is taken; none of the endpoints it concerns is started.",
    example: "two [[host]] with the same name",
    remedy: "keep one of them, or give them different names",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, first: &Spot) -> Finding {
    let message = format!("{place} is defined twice");
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_related(first, "first defined here")
}
