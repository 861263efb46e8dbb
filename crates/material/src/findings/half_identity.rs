//! TP4006: certificate and key not together.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4006),
    severity: Severity::Warning,
    title: "certificate and key not together",
    meaning: "A client has a certificate without its private key, or a private key without its certificate. Neither is of use alone: it presents no certificate. Where one is demanded, and at a server, this is an error of the settings.",
    example: "a client with certificate-key and without certificate",
    remedy: "set both, at the same level, or neither",
    when_accepted: WhenAccepted::Starts,
};

/// The certificate is there and the key is not set.
pub(crate) fn no_key(at: &At<'_>) -> Finding {
    at.finding(
        &KIND,
        "certificate is set, but certificate-key is not; no certificate is presented",
    )
}

/// The key is there and the certificate is not set.
pub(crate) fn no_certificate(at: &At<'_>) -> Finding {
    at.finding(
        &KIND,
        "certificate-key is set, but certificate is not; no certificate is presented",
    )
}
