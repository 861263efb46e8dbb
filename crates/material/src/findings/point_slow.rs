//! TP4042: distribution point that is slow.

use std::time::Duration;

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4042),
    severity: Severity::Warning,
    title: "distribution point slow",
    meaning: "A certificate names a CRL distribution point that was asked from here and took long to give its list. A peer that asks it, as Windows, .NET and Java may, waits as long in a handshake, or gives up. Only with --ask-points; from the host of the peer it may be another matter.",
    example: "a revocation list of some megabytes behind a slow line",
    remedy: "put the list on a server that is near to the peers, and name that in certificates to come",
    when_accepted: WhenAccepted::Starts,
};

/// What a distribution point may take.
///
/// Source: ours. Users notice a connection that takes a second longer; Windows gives up after 15.
pub const SLOW: Duration = Duration::from_secs(1);

/// `url` is where the list is, `took` how long it took.
pub(crate) fn found(place: &Place, subject: &str, url: &str, took: Duration) -> Finding {
    let message = format!(
        "the certificate {subject:?} names the CRL distribution point {url:?}, which took {:.1} seconds; at most {} is in order",
        took.as_secs_f64(),
        SLOW.as_secs()
    );
    Finding::new(&KIND, place.clone(), message)
}
