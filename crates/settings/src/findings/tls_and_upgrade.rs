//! TP2010: TLS at once and auto-detect together.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2010),
    severity: Severity::Error,
    title: "TLS at once and auto-detect together",
    meaning: "A port cannot both speak TLS from the first byte and let the client decide.",
    example: "transport = \"tls=1;upgrade=1\"",
    remedy: "keep one of them",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot) -> Finding {
    Finding::new(&KIND, place, "tls=1 and upgrade=1 are set together").with_spot(spot)
}
