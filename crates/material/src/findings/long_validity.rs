//! TP4027: own certificate valid for long.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4027),
    severity: Severity::Note,
    title: "own certificate valid for long",
    meaning: "The own certificate is valid for more than 825 days. A key that is stolen unnoticed serves its thief as long, and nobody practises renewing.",
    example: "a host certificate for ten years",
    remedy: "issue certificates for a year, and renew them in time",
    when_accepted: WhenAccepted::Starts,
};

/// Longest life that is not remarked upon, in days.
///
/// Source: what Apple's systems accept of a private CA at most.
const MAX_DAYS: u64 = 825;

/// `certificate` is the own one; `None` if it is short-lived enough.
pub(crate) fn found(at: &At<'_>, certificate: &Certificate) -> Option<Finding> {
    const SECONDS: u64 = 24 * 60 * 60;
    let days = certificate.validity().duration().as_secs() / SECONDS;
    (days > MAX_DAYS).then(|| {
        let name = certificate.subject().to_string();
        let message = format!("{}: {name:?} is valid for {days} days", at.option);
        at.finding(&KIND, message)
    })
}
