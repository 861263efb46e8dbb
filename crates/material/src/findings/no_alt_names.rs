//! TP4023: own certificate without subject alternative names.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4023),
    severity: Severity::Warning,
    title: "own certificate without subject alternative names",
    meaning: "The own certificate names its host by the common name alone. Old programs and this one read that; most others of today demand subject alternative names.",
    example: "a certificate with CN=host.example.com and no extension subjectAltName",
    remedy: "issue a certificate with the host name as subject alternative name",
    when_accepted: WhenAccepted::Starts,
};

/// `certificate` is the own one; `None` if it has such names.
pub(crate) fn found(at: &At<'_>, certificate: &Certificate) -> Option<Finding> {
    let names = certificate.extensions().subject_alt_names.as_deref();
    names.unwrap_or_default().is_empty().then(|| {
        let name = certificate.subject().to_string();
        let message = format!("{}: {name:?} has no subject alternative names", at.option);
        at.finding(&KIND, message)
    })
}
