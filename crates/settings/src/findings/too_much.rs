//! TP1007: limit exceeded.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1007),
    severity: Severity::Error,
    title: "limit exceeded",
    meaning: "A file is larger, or nested deeper, than a fleet file may be.",
    example: "a fleet file of several gigabytes",
    remedy: "split the fleet over several files in a folder",
    when_accepted: WhenAccepted::StaysDown,
};

/// `problem` names the value found and the limit.
pub(crate) fn found(spot: &Spot, problem: &str) -> Finding {
    Finding::new(&KIND, Place::Fleet, problem).with_spot(spot)
}
