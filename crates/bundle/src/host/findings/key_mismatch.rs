//! TP7004: key without its certificate.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(7004),
    severity: Severity::Error,
    title: "key without its certificate",
    meaning: "A private key is there, and no certificate that belongs to it.",
    example: "a certificate that was renewed with a new key, of which only one file was copied",
    remedy: "install the whole bundle: `trustpack host install`",
    when_accepted: WhenAccepted::Starts,
};
