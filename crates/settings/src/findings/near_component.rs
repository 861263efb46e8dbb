//! TP1028: name close to that of a component.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1028),
    severity: Severity::Note,
    title: "name close to that of a component",
    meaning: "The component of an application is none of the catalogue but close to one. It is taken as a kind of its own, about which nothing is known.",
    example: "component = \"Stat Sever\"",
    remedy: "spell the component as the catalogue does, or leave it if another is meant",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, written: &str, nearest: &str) -> Finding {
    let message = format!("the catalogue has no component {written:?}; it has {nearest:?}");
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_remedy(format!("write {nearest:?} if that was meant"))
}
