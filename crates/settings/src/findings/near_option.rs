//! TP1011: name close to that of an option.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1011),
    severity: Severity::Warning,
    title: "name close to that of an option",
    meaning: "The name is none of a TLS option but close to one, which is then not set.",
    example: "tls-mutal = \"1\"",
    remedy: "spell the option right, or remove it",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, written: &str, nearest: &str) -> Finding {
    let message = format!("there is no option {written:?}, so {nearest:?} is not set by it");
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_remedy(format!("write {nearest:?} if that was meant"))
}
