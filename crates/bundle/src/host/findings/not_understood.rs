//! TP7008: file cannot be looked into.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(7008),
    severity: Severity::Warning,
    title: "file cannot be looked into",
    meaning: "A file that should hold certificates or a key is damaged, is no regular file, cannot be read, or is locked with a password that was not given.",
    example: "a key store with a password, without --password-file",
    remedy: "run it as root, or as the account of the services, if it may not be read; give the password with --password-file; install the bundle again if the file is damaged; take away what is no file",
    when_accepted: WhenAccepted::Starts,
};
