//! TP1031: name written twice in a component file.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1031),
    severity: Severity::Warning,
    title: "name written twice in a component file",
    meaning: "A name stands twice in one section of the application's own file. The first one counts.",
    example: "sec-protocol = TLSv12 and below it sec-protocol = TLSv13, in [security] of lca.cfg",
    remedy: "keep one of them",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, name: &str, first: &Spot) -> Finding {
    let message = format!("{name:?} is written twice in its section; the first one counts");
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_related(first, "first written here")
}
