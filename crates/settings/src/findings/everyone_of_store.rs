//! TP3017: every authority of a machine lets clients in.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3017),
    severity: Severity::Warning,
    title: "every authority of a machine lets clients in",
    meaning: "A port demands client certificates and trusts whom its Windows store trusts: every public and company authority of the machine. Whoever has a certificate of any of them may connect.",
    example: "tls-mutual = 1 at a port with provider = \"MSCAPI\" and no allowed-names",
    remedy: "set allowed-names at the port, with trustpack as its engine, or take the authorities that are not meant out of the store",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place) -> Finding {
    let message = "client certificates of every authority in the Windows store are accepted, and allowed-names is not set";
    Finding::new(&KIND, place, message)
}
