//! TP1007: limit exceeded.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;
use crate::transport::MAX_PARAMETERS;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1007),
    severity: Severity::Error,
    title: "limit exceeded",
    meaning: "A file is larger, or nested deeper, than a fleet file may be, or an object of it has more of something than is read: keys, transport parameters. What is beyond the limit is unknown, so what it belongs to is not started.",
    example: "a fleet file of several gigabytes",
    remedy: "split the fleet over several files in a folder",
    when_accepted: WhenAccepted::StaysDown,
};

/// `problem` names the value found and the limit.
pub(crate) fn found(spot: &Spot, problem: &str) -> Finding {
    Finding::new(&KIND, Place::Fleet, problem).with_spot(spot)
}

/// More transport parameters than are read.
pub(crate) fn parameters(place: Place, spot: &Spot, count: usize) -> Finding {
    let problem =
        format!("{count} transport parameters are written; at most {MAX_PARAMETERS} are allowed");
    Finding::new(&KIND, place, problem)
        .with_spot(spot)
        .with_remedy("write each option once, and take out what nobody reads")
}
