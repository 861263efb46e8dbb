//! TP4038: distribution point not local, and nobody asks it.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4038),
    severity: Severity::Note,
    title: "distribution point not local, and nobody asks it",
    meaning: "A certificate names a CRL distribution point that is not on a host of the fleet. No peer in the fleet that judges this certificate looks for it: OpenSSL and Trustpack take revocation lists from files. Peers on Windows or with Java would.",
    example: "hosts on UNIX, and certificates with the distribution point of the CA's web server",
    remedy: "nothing, as long as no program on Windows or with Java connects; then make sure that it reaches the distribution point",
    when_accepted: WhenAccepted::Starts,
};

/// `url` is where the list is.
pub(crate) fn found(place: &Place, subject: &str, url: &str) -> Finding {
    let message = format!(
        "the certificate {subject:?} names the CRL distribution point {url:?}, which is on no host of the fleet; no peer in the fleet asks it"
    );
    Finding::new(&KIND, place.clone(), message)
}
