//! TP4015: private key readable by everyone.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4015),
    severity: Severity::Warning,
    title: "private key readable by everyone",
    meaning: "Every account of the machine may read the file of the private key.",
    example: "a key file with mode 0644",
    remedy: "take away the right of others to read the file (chmod o-r), and replace the certificate if they could read it",
    when_accepted: WhenAccepted::Starts,
};

/// Everybody may read the key.
pub(crate) fn found(at: &At<'_>, path: &AbsolutePath) -> Finding {
    at.finding(
        &KIND,
        format!("{}: every account may read the file {path}", at.option),
    )
}
