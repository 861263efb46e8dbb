//! TP1024: acceptance of an unknown code.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1024),
    severity: Severity::Warning,
    title: "acceptance of an unknown code",
    meaning: "An acceptance names a code that no finding has, so it accepts nothing.",
    example: "[[accept]]\ncode = \"TP9999\"\nplace = \"Server:default\"\nreason = \"planned\"\nuntil = 2027-06-30",
    remedy: "correct the code, or remove the acceptance",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(spot: &Spot, code: Code) -> Finding {
    let message = format!("{code} is accepted, but no finding has this code");
    Finding::new(&KIND, Place::Fleet, message).with_spot(spot)
}
