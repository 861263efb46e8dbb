//! TP1030: line of a component file not understood.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1030),
    severity: Severity::Error,
    title: "line of a component file not understood",
    meaning: "A line of the application's own file is none that the system would read as it was probably meant. What the file sets is then unknown, so the application's endpoints are not started.",
    example: "[Security] in lca.cfg, or export TRUSTED_CA=$HOME/ca.pem in setenv.sh",
    remedy: "write the line as the message says",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, mistake: &str) -> Finding {
    Finding::new(&KIND, place, mistake).with_spot(spot)
}
