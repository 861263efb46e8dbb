//! TP2002: option at another level than the credentials.

use crate::endpoint::Level;
use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2002),
    severity: Severity::Warning,
    title: "option at another level than the credentials",
    meaning: "An option that belongs with the credentials is set at another level than they are. It counts all the same; the systems taken over want them configured together.",
    example: "the host has the credentials, the application sec-protocol",
    remedy: "set the option at the level of the credentials",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(
    place: Place,
    spot: &Spot,
    option: &str,
    level: Level,
    block: Level,
) -> Finding {
    let message = format!(
        "{option} counts, but is set at the level of the {level}, the credentials at that of the {block}"
    );
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_remedy(format!("set {option} at the level of the {block}"))
}
