//! TP4102: name check will fail.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;

use crate::prediction::Failing;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4102),
    severity: Severity::Error,
    title: "name check will fail",
    meaning: "The client checks the name of its server (tls-target-name-check), and the certificate of the server does not bear the name that the client uses: that of the host of the target, or of its backup.",
    example: "a backup on another host with a copy of the certificate of the primary",
    remedy: "issue a certificate for the name of the host, and for each host one of its own",
    when_accepted: WhenAccepted::Starts,
};

/// The certificate does not bear the name of the host.
pub(crate) fn found(place: &Place, failing: &Failing) -> Finding {
    Finding::new(&KIND, place.clone(), failing.to_string())
        .with_remedy(format!("{} (at fault: {})", KIND.remedy, failing.fault))
}
