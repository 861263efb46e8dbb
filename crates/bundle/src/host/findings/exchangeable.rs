//! TP7003: others can exchange an installed file.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(7003),
    severity: Severity::Error,
    title: "others can exchange an installed file",
    meaning: "Another account than root and that of the services may write to an installed file, or put another one in its place: it could let the services trust an authority of its own.",
    example: "a folder above the file with mode 0777",
    remedy: "let only root, or the account of the services, write to the file and to the folders above it",
    when_accepted: WhenAccepted::Starts,
};
