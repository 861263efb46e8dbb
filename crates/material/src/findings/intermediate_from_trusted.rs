//! TP4011: intermediate taken from the trusted CAs.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4011),
    severity: Severity::Warning,
    title: "intermediate taken from the trusted CAs",
    meaning: "An intermediate CA of the own chain is missing in the certificate files and stands in trusted-ca. It is taken from there and sent. A program that does its own TLS may not do so: OpenSSL does, as long as the certificate files hold nothing but the own certificate and the program does not switch it off; Java does not, and then it is the error TP4008.",
    example: "leaf in certificate, intermediate and root in trusted-ca",
    remedy: "add the intermediate to the files of certificate",
    when_accepted: WhenAccepted::Starts,
};

/// An intermediate that is only in the trusted file.
pub(crate) fn found(at: &At<'_>, intermediate: &Certificate, is_ours: bool) -> Finding {
    let name = intermediate.subject().to_string();
    let unless = if is_ours {
        ""
    } else {
        ", unless the program switches that off"
    };
    let message = format!(
        "the intermediate {name:?} is not in the certificate files; it is taken from trusted-ca{unless}"
    );
    at.finding(&KIND, message)
}
