//! TP4013: certificate that is no CA among the trusted ones.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;
use trustpack_x509::certificate::Certificate;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4013),
    severity: Severity::Error,
    title: "certificate that is no CA among the trusted ones",
    meaning: "A certificate in the trusted file is no CA. It vouches for nobody: only the peer that presents this very certificate is trusted by it.",
    example: "trusted-ca names the certificate of a host",
    remedy: "name the certificate of the CA that issued it, unless just this one peer is meant",
    when_accepted: WhenAccepted::Starts,
};

/// A trusted certificate that is no CA.
pub(crate) fn found(at: &At<'_>, path: &AbsolutePath, certificate: &Certificate) -> Finding {
    let name = certificate.subject().to_string();
    at.finding(
        &KIND,
        format!(
            "{}: {name:?} in {path} is no CA; it is trusted for itself alone",
            at.option
        ),
    )
}
