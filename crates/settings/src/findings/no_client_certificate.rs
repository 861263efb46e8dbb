//! TP3010: mutual TLS without a client certificate.

use crate::endpoint::Level;
use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3010),
    severity: Severity::Error,
    title: "mutual TLS without a client certificate",
    meaning: "The port demands a certificate of every client, and this client has none: it will be refused.",
    example: "a connection without certificate and certificate-key to a port with tls-mutual=1",
    remedy: "set certificate and certificate-key for the client",
    when_accepted: WhenAccepted::Starts,
};

/// `missing` are the options that are not set; `level` is where the rest of the block stands.
pub(crate) fn found(
    place: Place,
    port: Option<&Place>,
    missing: &[&str],
    level: Option<Level>,
) -> Finding {
    let verb = if missing.len() == 1 { "is" } else { "are" };
    let missing = missing.join(" and ");
    let port = port.map_or_else(|| "the port".to_owned(), ToString::to_string);
    let message = format!("{port} demands a client certificate, but {missing} {verb} not set");
    let finding = Finding::new(&KIND, place, message);
    match level {
        Some(level) => finding.with_remedy(format!(
            "set {missing} at the level of the {level}, where the rest of the credentials stands"
        )),
        None => finding,
    }
}
