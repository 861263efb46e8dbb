//! TP1001: no valid TOML.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1001),
    severity: Severity::Error,
    title: "no valid TOML",
    meaning: "The file cannot be read as TOML at this spot. As long as it has such an error no endpoint of the fleet is started, because what else was meant cannot be known.",
    example: "[[host]\nname = \"a.example.com\"",
    remedy: "write the line as TOML has it",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(spot: &Spot, description: &str) -> Finding {
    Finding::new(&KIND, Place::Fleet, description).with_spot(spot)
}
