//! TP4026: trusted CA expired or not yet valid.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4026),
    severity: Severity::Error,
    title: "trusted CA expired or not yet valid",
    meaning: "A trusted CA is not valid at this time: nobody is let in through it.",
    example: "a root that ran out yesterday in the file of trusted-ca",
    remedy: "take the certificate out of the file, or put that of the new CA in its place",
    when_accepted: WhenAccepted::Starts,
};

/// A trusted CA; `None` if it is valid now.
pub(crate) fn found(
    at: &At<'_>,
    path: &AbsolutePath,
    certificate: &Certificate,
    now: Timestamp,
) -> Option<Finding> {
    let validity = certificate.validity();
    let when = if now > validity.not_after {
        format!("was valid until {}", validity.not_after)
    } else if now < validity.not_before {
        format!("is valid only from {} on", validity.not_before)
    } else {
        return None;
    };
    let name = certificate.subject().to_string();
    let message = format!(
        "{}: {name:?} in {path} {when}; the time is {now}",
        at.option
    );
    Some(at.finding(&KIND, message))
}
