//! TP4006: certificate and key not together.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4006),
    severity: Severity::Error,
    title: "certificate and key not together",
    meaning: "A certificate is set without its private key, or a private key without its certificate. Neither is of use alone.",
    example: "certificate set and certificate-key not",
    remedy: "set both, at the same level, or neither",
    when_accepted: WhenAccepted::StaysDown,
};

/// The certificate is there and the key is not set.
pub(crate) fn no_key(at: &At<'_>) -> Finding {
    at.finding(&KIND, "certificate is set, but certificate-key is not")
}

/// The key is there and the certificate is not set.
pub(crate) fn no_certificate(at: &At<'_>) -> Finding {
    at.finding(&KIND, "certificate-key is set, but certificate is not")
}
