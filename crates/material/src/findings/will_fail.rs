//! TP4103: connection will fail.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;

use crate::prediction::Failing;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4103),
    severity: Severity::Error,
    title: "connection will fail",
    meaning: "Both ends start, and the handshake between them fails at the step that is named: what one end presents is refused by the other for its usages, its dates, a revocation list, or its names.",
    example: "a server whose allowed-names do not have the name of this client",
    remedy: "see the step and the reason; `trustpack fleet explain` shows both ends",
    when_accepted: WhenAccepted::Starts,
};

/// The handshake fails for another reason.
pub(crate) fn found(place: &Place, failing: &Failing) -> Finding {
    Finding::new(&KIND, place.clone(), failing.to_string())
        .with_remedy(format!("{} (at fault: {})", KIND.remedy, failing.fault))
}
