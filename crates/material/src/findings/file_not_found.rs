//! TP4001: file not found.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4001),
    severity: Severity::Error,
    title: "file not found",
    meaning: "A file that the settings of an endpoint name does not exist.",
    example: "certificate = \"/etc/sec/certs/hostcert.pem\", and there is no such file",
    remedy: "put the file there, or correct the path",
    when_accepted: WhenAccepted::StaysDown,
};

/// The file that `option` names is not there.
pub(crate) fn found(at: &At<'_>, path: &AbsolutePath) -> Finding {
    at.finding(&KIND, format!("{}: there is no file {path}", at.option))
}
