//! TP4106: no distribution point for a Windows or .NET end.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;
use trustpack_x509::certificate::Certificate;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4106),
    severity: Severity::Note,
    title: "no distribution point for a Windows or .NET end",
    meaning: "The TLS of Windows and .NET looks for revocation lists where the certificate of the peer says, and that says nothing: checking of revocation must be off at this end.",
    example: "a server certificate without CRL distribution points, and a client on Windows",
    remedy: "issue the certificate with a distribution point, or turn the checking of revocation off at the Windows end",
    when_accepted: WhenAccepted::Starts,
};

/// An end of Windows or .NET, and what its peer presents; `None` if that names a point.
pub(crate) fn found(place: &Place, peer: &Place, certificate: &Certificate) -> Option<Finding> {
    let points = certificate.extensions().crl_distribution_points.as_deref();
    points.unwrap_or_default().is_empty().then(|| {
        let name = certificate.subject().to_string();
        let message = format!(
            "the certificate {name:?} of {peer} names no CRL distribution point, which the TLS of Windows and .NET looks for"
        );
        Finding::new(&KIND, place.clone(), message)
    })
}
