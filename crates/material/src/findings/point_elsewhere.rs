//! TP4028: distribution point not local.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4028),
    severity: Severity::Warning,
    title: "distribution point not local",
    meaning: "A certificate names a CRL distribution point that is not on a host of the fleet, and a peer asks it. The TLS of Windows waits for it at every connection, up to 15 seconds, where it is slow or blocked; .NET does the same, and Java if the checking of revocation is on there.",
    example: "a peer on Windows and a certificate with the distribution point of a CA on the Internet",
    remedy: "make sure that the peers reach the distribution point, or name the host that answers there in the fleet",
    when_accepted: WhenAccepted::Starts,
};

/// `url` is where the list is, and `asking` one of the peers that look for it.
pub(crate) fn found(place: &Place, subject: &str, url: &str, asking: &Place) -> Finding {
    let message = format!(
        "the certificate {subject:?} names the CRL distribution point {url:?}, which is on no host of the fleet, and {asking} may ask it"
    );
    Finding::new(&KIND, place.clone(), message)
}
