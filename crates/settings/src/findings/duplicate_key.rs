//! TP1005: key written twice.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1005),
    severity: Severity::Error,
    title: "key written twice",
    meaning: "A key or table stands twice in one object of the fleet file. TOML forbids it, and which one was meant cannot be known.",
    example: "[[host]]\nname = \"a.example.com\"\nname = \"b.example.com\"",
    remedy: "keep one of them",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(spot: &Spot, key: &str, first: &Spot) -> Finding {
    Finding::new(&KIND, Place::Fleet, format!("{key:?} is written twice"))
        .with_spot(spot)
        .with_related(first, "first written here")
}
