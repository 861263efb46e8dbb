//! TP4025: intermediate CA among the trusted ones.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;
use trustpack_x509::certificate::Certificate;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4025),
    severity: Severity::Note,
    title: "intermediate CA among the trusted ones",
    meaning: "A trusted CA was issued by another one. It is trusted by itself, so that nobody asks its issuer whether it was revoked. OpenSSL trusts it only together with the root above it, unless a program asks for partial chains: without the root in the file, a program that does its own TLS with OpenSSL refuses its peers.",
    example: "trusted-ca names the certificate of an issuing CA below a root",
    remedy: "trust the root, and let peers send the intermediate",
    when_accepted: WhenAccepted::Starts,
};

/// A trusted CA; `None` if it is a root.
pub(crate) fn found(
    at: &At<'_>,
    path: &AbsolutePath,
    certificate: &Certificate,
) -> Option<Finding> {
    (!certificate.is_self_issued()).then(|| {
        let (name, issuer) = (
            certificate.subject().to_string(),
            certificate.issuer().to_string(),
        );
        let message = format!(
            "{}: {name:?} in {path} is an intermediate CA, issued by {issuer:?}",
            at.option
        );
        at.finding(&KIND, message)
    })
}
