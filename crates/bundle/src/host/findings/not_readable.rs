//! TP7001: not readable by the account of the services.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(7001),
    severity: Severity::Error,
    title: "not readable by the account of the services",
    meaning: "The account that the services run under may not read an installed file, by owner, group, mode and access control list of the file and of the folders above it.",
    example: "a key file of root with mode 0600, and services that run as another account",
    remedy: "let the account read it: `trustpack host install` with --owner, or with --group and a group that the account is in",
    when_accepted: WhenAccepted::Starts,
};
