//! TP4028: distribution point not local.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4028),
    severity: Severity::Warning,
    title: "distribution point not local",
    meaning: "A certificate names a CRL distribution point that is not on a host of the fleet. The TLS of Windows waits for it at every connection, up to 15 seconds, where it is slow or blocked.",
    example: "a certificate with the distribution point of a CA on the Internet",
    remedy: "publish the revocation list on a host of the site, and issue the certificate with that as its distribution point",
    when_accepted: WhenAccepted::Starts,
};

/// `url` is where the list is.
pub(crate) fn found(place: &Place, subject: &str, url: &str) -> Finding {
    let message = format!(
        "the certificate {subject:?} names the CRL distribution point {url:?}, which is on no host of the fleet"
    );
    Finding::new(&KIND, place.clone(), message)
}
