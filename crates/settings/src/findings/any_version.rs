//! TP5002: old name for any version.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(5002),
    severity: Severity::Note,
    title: "old name for any version",
    meaning: "SSLv23 is an old name for \"any version\". TLS 1.2 and 1.3 are spoken.",
    example: "sec-protocol = \"SSLv23\"",
    remedy: "leave sec-protocol empty",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot) -> Finding {
    let message = "sec-protocol is SSLv23, an old name for any version; TLS 1.2 and 1.3 are spoken";
    Finding::new(&KIND, place, message).with_spot(spot)
}
