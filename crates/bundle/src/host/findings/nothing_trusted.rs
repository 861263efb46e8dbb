//! TP7007: no trusted CA certificate.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(7007),
    severity: Severity::Error,
    title: "no trusted CA certificate",
    meaning: "There is a host certificate, and no certificate of an authority that peers could be judged by.",
    example: "a folder with a certificate and a key, without ca_cert.pem",
    remedy: "install the whole bundle: `trustpack host install`",
    when_accepted: WhenAccepted::Starts,
};
