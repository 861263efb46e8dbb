//! TP7006: certificate ends soon.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(7006),
    severity: Severity::Warning,
    title: "certificate ends soon",
    meaning: "A certificate that is installed ends within 30 days.",
    example: "a host certificate of 100 days, after 80 of them",
    remedy: "renew it where the CA is (`trustpack cert renew`), and install the new bundle",
    when_accepted: WhenAccepted::Starts,
};
