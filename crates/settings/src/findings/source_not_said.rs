//! TP2008: certificate source not said.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2008),
    severity: Severity::Warning,
    title: "certificate source not said",
    meaning: "The application uses the credentials of its host, and certificate-source does not say so. The systems taken over want it said.",
    example: "an application without certificate-source on a host with credentials",
    remedy: "add certificate-source = \"host\" to the application",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot) -> Finding {
    let message = "the credentials of the host are used, and certificate-source does not say so";
    Finding::new(&KIND, place, message).with_spot(spot)
}
