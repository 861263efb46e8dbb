//! TP4011: intermediate taken from the trusted CAs.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4011),
    severity: Severity::Warning,
    title: "intermediate taken from the trusted CAs",
    meaning: "An intermediate CA of the own chain is missing in the certificate files and stands in trusted-ca. It is taken from there and sent; other programs would not do so.",
    example: "leaf in certificate, intermediate and root in trusted-ca",
    remedy: "add the intermediate to the files of certificate",
    when_accepted: WhenAccepted::Starts,
};

/// An intermediate that is only in the trusted file.
pub(crate) fn found(at: &At<'_>, intermediate: &Certificate) -> Finding {
    let name = intermediate.subject().to_string();
    let message = format!(
        "the intermediate {name:?} is not in the certificate files; it is taken from trusted-ca"
    );
    at.finding(&KIND, message)
}
