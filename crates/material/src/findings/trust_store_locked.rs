//! TP4037: trust store not opened.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4037),
    severity: Severity::Error,
    title: "trust store not opened",
    meaning: "The trust store is protected by a password, and truststore-password is not set, cannot be read or does not open it.",
    example: "a PKCS#12 trust store and the truststore-password of another one",
    remedy: "set truststore-password to the password of the trust store, as file:PATH or env:NAME",
    when_accepted: WhenAccepted::StaysDown,
};

/// There is no password, or a wrong one.
pub(crate) fn found(at: &At<'_>, path: &AbsolutePath, why: &str) -> Finding {
    at.finding(&KIND, format!("{}: the file {path}: {why}", at.option))
}

/// The password itself is not to be had.
pub(crate) fn no_password(at: &At<'_>, why: &str) -> Finding {
    at.finding(&KIND, format!("{}: {why}", at.option))
}
