//! TP7002: private key is readable by others.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(7002),
    severity: Severity::Error,
    title: "private key is readable by others",
    meaning: "Another account than root and that of the services may read a file with a private key, and pretend to be this host. Accounts are those of /etc/passwd and /etc/group; \"any other account\" stands for all that are not there.",
    example: "a key file with mode 0644, or one of a group with more members",
    remedy: "take the right away (0600, or 0640 with a group that has no other members), and replace the certificate if somebody could read the key",
    when_accepted: WhenAccepted::Starts,
};
