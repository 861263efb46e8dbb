//! TP2015: name close to that of an option, where Trustpack itself does the TLS.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2015),
    severity: Severity::Error,
    title: "endpoint of ours without an option that was perhaps meant",
    meaning: "A name is close to that of an option which is set nowhere. Other programs pass such a name over; where Trustpack does the TLS nothing starts with less protection than was perhaps meant.",
    example: "tunnel = \"127.0.0.1:12060\"\ntransport = \"tls=1;tls-mutal=1\"",
    remedy: "spell the option right, or remove the name; accept this finding if the name is that of something else",
    when_accepted: WhenAccepted::Starts,
};

pub(crate) fn found(place: Place, spot: &Spot, written: &str, nearest: &str) -> Finding {
    let message = format!(
        "{nearest:?} is not set, and {written:?} was perhaps to be that; without it the endpoint is not started"
    );
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_remedy(format!(
            "write {nearest:?} if that was meant, else remove {written:?}"
        ))
}
