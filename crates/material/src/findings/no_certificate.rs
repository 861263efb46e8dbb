//! TP4003: no certificate in the file.

use trustpack_keystore::pem::ReadCertificatesError;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;

use crate::findings::{At, sentence};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4003),
    severity: Severity::Error,
    title: "no certificate in the file",
    meaning: "A file that must hold certificates holds none, or one that cannot be read.",
    example: "certificate-key and certificate exchanged",
    remedy: "name a file with certificates in PEM or DER",
    when_accepted: WhenAccepted::StaysDown,
};

/// The file that `option` names holds no certificates that can be read.
pub(crate) fn found(at: &At<'_>, path: &AbsolutePath, error: &ReadCertificatesError) -> Finding {
    at.finding(
        &KIND,
        format!("{}: the file {path}: {}", at.option, sentence(error)),
    )
}
