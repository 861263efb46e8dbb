//! TP4014: private key in the file of trusted CAs.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4014),
    severity: Severity::Warning,
    title: "private key in the file of trusted CAs",
    meaning: "The file of trusted CAs also holds a private key. That file goes to many machines; a key in it is known to all of them.",
    example: "a CA file made by joining certificate and key",
    remedy: "take the key out of the file, and replace the certificate if others could read it",
    when_accepted: WhenAccepted::Starts,
};

/// The trusted file holds a private key.
pub(crate) fn found(at: &At<'_>, path: &AbsolutePath) -> Finding {
    at.finding(
        &KIND,
        format!("{}: the file {path} also holds a private key", at.option),
    )
}
