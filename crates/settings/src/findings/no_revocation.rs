//! TP5004: revoked certificates not found out.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(5004),
    severity: Severity::Note,
    title: "revoked certificates not found out",
    meaning: "The endpoint judges the certificates of its peers without a revocation list, so a certificate that was revoked is accepted until it ends.",
    example: "a client without crl",
    remedy: "set crl to the file with the revocation lists of the authorities that are trusted",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place) -> Finding {
    let message = "crl is not set: a certificate that was revoked is accepted";
    Finding::new(&KIND, place, message)
}
