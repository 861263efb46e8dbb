//! TP5003: protocol version that is broken.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(5003),
    severity: Severity::Warning,
    title: "protocol version that is broken",
    meaning: "Versions below TLS 1.2 are broken. They are allowed here, but not spoken: TLS 1.2 and 1.3 are.",
    example: "sec-protocol = \"TLSv1\"",
    remedy: "set sec-protocol to TLSv12, or leave it empty",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, version: &str) -> Finding {
    let message =
        format!("sec-protocol is {version}: versions below 1.2 are broken, and not spoken here");
    Finding::new(&KIND, place, message).with_spot(spot)
}
