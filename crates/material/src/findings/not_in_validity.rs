//! TP4012: own certificate expired or not yet valid.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4012),
    severity: Severity::Error,
    title: "own certificate expired or not yet valid",
    meaning: "The own certificate, or a CA of the chain that is sent, is not valid at this time. Peers that check refuse it, so the end is not started.",
    example: "a host certificate that ran out yesterday",
    remedy: "issue a new certificate",
    when_accepted: WhenAccepted::Starts,
};

/// A certificate of the own chain that is not valid now, if it is not.
pub(crate) fn found(at: &At<'_>, certificate: &Certificate, now: Timestamp) -> Option<Finding> {
    let (name, validity) = (certificate.subject().to_string(), certificate.validity());
    let message = if now > validity.not_after {
        format!(
            "{name:?} was valid until {}; the time is {now}",
            validity.not_after
        )
    } else if now < validity.not_before {
        format!(
            "{name:?} is valid only from {} on; the time is {now}",
            validity.not_before
        )
    } else {
        return None;
    };
    Some(at.finding(&KIND, message))
}
