//! TP2012: validated cryptography that this build has not.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2012),
    severity: Severity::Error,
    title: "validated cryptography that this build has not",
    meaning: "fips140-enabled is true at some level, and Trustpack does TLS at the endpoint. This build has no engine that was validated under FIPS 140, so the endpoint is not started rather than run with another one.",
    example: "fips140-enabled = true at a host with tunnels",
    remedy: "use a build with a FIPS engine, or remove fips140-enabled where it is true",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot) -> Finding {
    let message = "fips140-enabled is true, and this build has no FIPS engine";
    Finding::new(&KIND, place, message).with_spot(spot)
}
