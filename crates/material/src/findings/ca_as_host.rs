//! TP4017: CA certificate used as a host certificate.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4017),
    severity: Severity::Error,
    title: "CA certificate used as a host certificate",
    meaning: "The own certificate is that of a CA. Its key then lies on a host that strangers reach, and whoever takes it can issue certificates that everybody who trusts the CA accepts. A self-signed certificate made without saying otherwise is such a one too.",
    example: "certificate and certificate-key name the certificate and key of the CA",
    remedy: "issue a host certificate for this host and use that; keep the key of the CA off hosts",
    when_accepted: WhenAccepted::Starts,
};

/// `certificate` is the own one; `None` if it is no CA's.
pub(crate) fn found(at: &At<'_>, certificate: &Certificate) -> Option<Finding> {
    // Older versions cannot say it, and a self-signed host certificate of theirs looks like a root.
    let constraints = certificate.extensions().basic_constraints;
    constraints.filter(|constraints| constraints.ca)?;
    let name = certificate.subject().to_string();
    let message = format!(
        "{}: {name:?} is the certificate of a CA, not of a host",
        at.option
    );
    Some(at.finding(&KIND, message))
}
