//! TP3012: mutual TLS with a client that does not check its server.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3012),
    severity: Severity::Warning,
    title: "mutual TLS with a client that does not check its server",
    meaning: "The port checks its clients, but this client does not check the port (client-auth=0).",
    example: "client-auth = \"0\" at a connection to a port with tls-mutual=1",
    remedy: "remove client-auth, and set trusted-ca",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, port: &Place) -> Finding {
    let message =
        format!("{port} checks this client, but with client-auth=0 the client does not check it");
    Finding::new(&KIND, place, message)
}
