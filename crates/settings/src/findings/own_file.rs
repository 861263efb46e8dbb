//! TP2007: own file not read.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2007),
    severity: Severity::Error,
    title: "own file not read",
    meaning: "The application takes its options from a file of its own on its host, and that file could not be read, or nobody said where the files of that host are. What its endpoints are is unknown, so none of them is started.",
    example: "own-file = \"/opt/lca/lca.cfg\"",
    remedy: "say where the files of its host are (--files), or mend what keeps the file from being read",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, path: &str, why: &str) -> Finding {
    let message =
        format!("the options of the application stand in {path:?}, which was not read: {why}");
    Finding::new(&KIND, place, message).with_spot(spot)
}
