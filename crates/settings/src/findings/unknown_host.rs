//! TP3005: unknown host.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3005),
    severity: Severity::Error,
    title: "unknown host",
    meaning: "An application names a host that the fleet does not have.",
    example: "host = \"stat2.example.com\" without such a [[host]]",
    remedy: "name a host of the fleet, or add it",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, name: &str, nearest: Option<&str>) -> Finding {
    let message = format!("host: there is no host {name:?}");
    let finding = Finding::new(&KIND, place, message).with_spot(spot);
    match nearest {
        Some(nearest) => finding.with_remedy(format!("write {nearest:?} if that was meant")),
        None => finding,
    }
}
