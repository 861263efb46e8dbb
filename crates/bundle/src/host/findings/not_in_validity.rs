//! TP7005: certificate is not valid now.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(7005),
    severity: Severity::Error,
    title: "certificate is not valid now",
    meaning: "A certificate that is installed has ended, or does not begin yet.",
    example: "a host certificate of last year",
    remedy: "renew it where the CA is (`trustpack cert renew`), and install the new bundle",
    when_accepted: WhenAccepted::Starts,
};
