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
    meaning: "An option that belongs with the credentials is set at another level than they are. For Trustpack it counts all the same. The systems taken over want the two configured together: a program that does its TLS itself may pass over the option, and then takes revoked certificates, compares no name, or speaks another version than is shown here.",
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
        "{option} counts, but is set at the level of the {level}, the credentials at that of the {block}: a program that does TLS itself may pass it over"
    );
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_remedy(format!("set {option} at the level of the {block}"))
}
