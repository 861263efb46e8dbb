//! TP4005: private key encrypted and not opened.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4005),
    severity: Severity::Error,
    title: "private key encrypted and not opened",
    meaning: "The private key is encrypted, and keystore-password is not set, cannot be read or does not open it.",
    example: "an encrypted private key without keystore-password",
    remedy: "set keystore-password to the password of the key, as file:PATH or env:NAME",
    when_accepted: WhenAccepted::StaysDown,
};

/// The key is encrypted and there is no password, or a wrong one.
pub(crate) fn found(at: &At<'_>, path: &AbsolutePath, why: &str) -> Finding {
    at.finding(&KIND, format!("{}: the file {path}: {why}", at.option))
}

/// The password itself is not to be had.
pub(crate) fn no_password(at: &At<'_>, why: &str) -> Finding {
    at.finding(&KIND, format!("{}: {why}", at.option))
}
