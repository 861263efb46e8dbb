//! TP4016: provider not read.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4016),
    severity: Severity::Error,
    title: "provider not read",
    meaning: "The certificates of the endpoint live where they cannot be read from here: in a Windows store or in a token. Nothing can be said of them.",
    example: "provider = \"MSCAPI\" on a UNIX host",
    remedy: "use the provider PEM, JKS or PKCS12",
    when_accepted: WhenAccepted::StaysDown,
};

/// The provider is not read here.
pub(crate) fn found(at: &At<'_>, provider: &str) -> Finding {
    at.finding(
        &KIND,
        format!(
            "{} is {provider}; PEM, JKS and PKCS12 are read here",
            at.option
        ),
    )
}
