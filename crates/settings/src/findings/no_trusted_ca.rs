//! TP2021: no trusted authorities at a port with simple TLS.

use crate::endpoint::Level;
use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2021),
    severity: Severity::Warning,
    title: "no trusted authorities at a port with simple TLS",
    meaning: "The port does not need them, as it asks no client for a certificate; the systems taken over demand them all the same.",
    example: "a port with tls=1, certificate and certificate-key alone",
    remedy: "set trusted-ca with the certificate",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, level: Option<Level>) -> Finding {
    let where_block = level.map_or_else(String::new, |level| {
        format!("; the credentials stand at the level of the {level}")
    });
    let message =
        format!("trusted-ca is not set, which the systems taken over demand{where_block}");
    Finding::new(&KIND, place, message)
}
