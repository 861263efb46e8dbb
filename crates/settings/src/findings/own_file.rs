//! TP2007: own file not read.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2007),
    severity: Severity::Error,
    title: "own file not read",
    meaning: "The application takes its options from a file of its own, and this version does not read such files. What its endpoints are is unknown, so none of them is started.",
    example: "own-file = \"/opt/lca/lca.cfg\"",
    remedy: "remove own-file and set the options in the fleet file, or wait for a version that reads it",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, path: &str) -> Finding {
    let message = format!(
        "the application takes its options from {path:?}, which this version does not read"
    );
    Finding::new(&KIND, place, message).with_spot(spot)
}
