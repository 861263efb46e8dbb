//! TP4029: no revocation list in the file.

use trustpack_keystore::contents::ReadContentsError;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;

use crate::findings::{At, sentence};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4029),
    severity: Severity::Error,
    title: "no revocation list in the file",
    meaning: "The file that crl names holds no certificate revocation list that can be read. Without one nobody can be let in.",
    example: "crl names the certificate of a CA",
    remedy: "put the list of the CA there, in PEM or DER",
    when_accepted: WhenAccepted::StaysDown,
};

/// The file cannot be read as one with lists.
pub(crate) fn unreadable(at: &At<'_>, path: &AbsolutePath, error: &ReadContentsError) -> Finding {
    let why = sentence(error);
    at.finding(&KIND, format!("{}: the file {path}: {why}", at.option))
}

/// The file holds something else.
pub(crate) fn empty(at: &At<'_>, path: &AbsolutePath) -> Finding {
    let message = format!("{}: there is no revocation list in {path}", at.option);
    at.finding(&KIND, message)
}
