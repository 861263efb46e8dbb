//! TP4041: distribution point that gives no revocation list.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4041),
    severity: Severity::Warning,
    title: "distribution point gives no list",
    meaning: "A certificate names a CRL distribution point that was asked from here, and no revocation list came: nobody answers, or with something else. A peer that asks it refuses the certificate, or waits and then lets in whoever was revoked. Only with --ask-points; from the host of the peer it may be another matter.",
    example: "certificates with the distribution point of a web server that was switched off",
    remedy: "see that the list of the CA is there: `trustpack crl publish` puts it into a folder that a web server shows",
    when_accepted: WhenAccepted::Starts,
};

/// `url` is where the list should be, `why` follows a colon.
pub(crate) fn found(place: &Place, subject: &str, url: &str, why: &str) -> Finding {
    let message = format!(
        "the certificate {subject:?} names the CRL distribution point {url:?}, which gives no list: {why}"
    );
    Finding::new(&KIND, place.clone(), message)
}
