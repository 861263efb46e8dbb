//! TP4016: provider not read.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4016),
    severity: Severity::Error,
    title: "provider not read",
    meaning: "The certificates of the endpoint live where this version cannot read them.",
    example: "provider = \"MSCAPI\" on a UNIX host",
    remedy: "use provider PEM",
    when_accepted: WhenAccepted::StaysDown,
};

/// The provider is not read here.
pub(crate) fn found(at: &At<'_>, provider: &str) -> Finding {
    at.finding(
        &KIND,
        format!("{} is {provider}; this version reads PEM", at.option),
    )
}
