//! TP7010: certificate without its key.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(7010),
    severity: Severity::Error,
    title: "certificate without its key",
    meaning: "A file whose name ends with _cert.pem begins with the certificate of a host, and its key is in no file of the folder: no service can show it.",
    example: "a certificate that was copied without the file with its key",
    remedy: "install the whole bundle: `trustpack host install`; give a certificate that is there to be trusted another name",
    when_accepted: WhenAccepted::Starts,
};
