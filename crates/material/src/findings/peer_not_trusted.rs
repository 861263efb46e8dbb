//! TP4101: CA of one side not trusted by the other.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;

use crate::prediction::Failing;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4101),
    severity: Severity::Error,
    title: "CA of one side not trusted by the other",
    meaning: "One end of the connection presents a certificate that does not lead to a CA which the other end trusts: the handshake fails.",
    example: "a server with a certificate of the new CA, and a client whose trusted-ca has the old one alone",
    remedy: "add the CA to the trusted-ca of the end that refuses, or complete the chain that is sent",
    when_accepted: WhenAccepted::Starts,
};

/// The judge found no way to a trusted CA.
pub(crate) fn found(place: &Place, failing: &Failing) -> Finding {
    Finding::new(&KIND, place.clone(), failing.to_string())
        .with_remedy(format!("{} (at fault: {})", KIND.remedy, failing.fault))
}
