//! TP5005: weak certificates accepted.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(5005),
    severity: Severity::Warning,
    title: "weak certificates accepted",
    meaning: "danger-accept-weak is set: until its day, signatures with SHA-1 and RSA keys from 1024 bits are accepted in a peer's chain, and from then on refused again. Both can be forged by those who spend enough.",
    example: "danger-accept-weak = 2027-03-31",
    remedy: "issue the certificates of the peers anew, and remove the option",
    when_accepted: WhenAccepted::StaysDown,
};

/// `until` is the last day.
pub(crate) fn found(place: Place, spot: &Spot, until: &str) -> Finding {
    let message =
        format!("weak certificates are accepted until {until}, and refused after that day");
    Finding::new(&KIND, place, message).with_spot(spot)
}
