//! TP2022: Java application without a provider.

use crate::endpoint::Level;
use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2022),
    severity: Severity::Error,
    title: "Java application without a provider",
    meaning: "A Java application has no default provider: without one it turns TLS off, though the endpoint is meant to be secured.",
    example: "runtime = \"java\" and no provider",
    remedy: "set provider to PEM, JKS, PKCS12 or PKCS11 at the level of the other credentials",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, level: Option<Level>) -> Finding {
    let message = "the application runs on Java and has no provider, which turns TLS off";
    let finding = Finding::new(&KIND, place, message);
    match level {
        Some(level) => finding.with_remedy(format!(
            "set provider to PEM, JKS, PKCS12 or PKCS11 at the level of the {level}"
        )),
        None => finding,
    }
}
