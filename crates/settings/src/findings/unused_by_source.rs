//! TP2003: unused because of the certificate source.

use crate::endpoint::Level;
use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2003),
    severity: Severity::Warning,
    title: "unused because of the certificate source",
    meaning: "The certificate source of the application keeps a level from giving credentials. What is set there is not used.",
    example: "certificate-source = \"host\" and a certificate in [application.security]",
    remedy: "remove the values, or change certificate-source",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(
    place: Place,
    spot: &Spot,
    source: &str,
    level: Level,
    unused: &[&str],
) -> Finding {
    let verb = if unused.len() == 1 { "is" } else { "are" };
    let message = format!(
        "certificate-source is {source:?}, so {} of the {level} {verb} not used",
        unused.join(", ")
    );
    Finding::new(&KIND, place, message).with_spot(spot)
}
