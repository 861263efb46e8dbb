//! TP4022: certificate ends soon.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4022),
    severity: Severity::Warning,
    title: "certificate ends soon",
    meaning: "Less than a third of the life of the own certificate, or of a CA of the chain that is sent, is left.",
    example: "a certificate for a year that ends in three months",
    remedy: "renew the certificate",
    when_accepted: WhenAccepted::Starts,
};

/// A certificate that is valid now; `None` if a third of its life is left.
pub(crate) fn found(at: &At<'_>, certificate: &Certificate, now: Timestamp) -> Option<Finding> {
    let validity = certificate.validity();
    let left = validity.not_after.since(now);
    (left < validity.duration() / 3).then(|| {
        let name = certificate.subject().to_string();
        let message = format!(
            "{}: {name:?} is valid until {}; the time is {now}, so less than a third of its life is left",
            at.option, validity.not_after
        );
        at.finding(&KIND, message)
    })
}
