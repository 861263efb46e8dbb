//! TP1016: transport parameter written twice.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1016),
    severity: Severity::Warning,
    title: "transport parameter written twice",
    meaning: "A name stands twice in transport parameters. The first one wins.",
    example: "transport = \"tls=1;tls=0\"",
    remedy: "keep one of them",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, name: &str, first: &Spot) -> Finding {
    Finding::new(
        &KIND,
        place,
        format!("{name:?} is written twice; the first one counts"),
    )
    .with_spot(spot)
    .with_related(first, "first written here")
}
