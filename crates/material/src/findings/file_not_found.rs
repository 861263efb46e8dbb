//! TP4001: file not found.

use std::path::Path;

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

/// The file that `option` names is not there; `stands_at` is where it was looked for, if somewhere else.
pub(crate) fn found(at: &At<'_>, path: &AbsolutePath, stands_at: Option<&Path>) -> Finding {
    let looked_for = stands_at.map_or_else(String::new, |at| {
        format!(", which was looked for as {}", at.display())
    });
    let option = at.option;
    at.finding(
        &KIND,
        format!("{option}: there is no file {path}{looked_for}"),
    )
}
