//! TP1017: relative path.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1017),
    severity: Severity::Error,
    title: "relative path",
    meaning: "A path in a fleet file does not start at a root. It would mean another file in every folder. On the command line relative paths start at the current folder.",
    example: "certificate = \"hostcert.pem\"",
    remedy: "write the whole path",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, option: &str, path: &str) -> Finding {
    let message = format!(
        "{option}: the path {path:?} is relative; it must start with / (or a drive, on Windows)"
    );
    Finding::new(&KIND, place, message).with_spot(spot)
}
