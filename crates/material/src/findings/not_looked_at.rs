//! TP4036: certificates not readable from here.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4036),
    severity: Severity::Note,
    title: "certificates not readable from here",
    meaning: "The certificates of the endpoint are in a Windows store or in a token. What is in them cannot be looked at from files, and whether its connections work is not known.",
    example: "provider = \"MSCAPI\" and fleet check --files DIR",
    remedy: "look at it on the host itself",
    when_accepted: WhenAccepted::Starts,
};

/// `provider` as it is written.
pub(crate) fn found(place: &Place, provider: &str) -> Finding {
    let message = format!(
        "the certificates are in {provider}, which is not read here; nothing is said of them"
    );
    Finding::new(&KIND, place.clone(), message)
}
