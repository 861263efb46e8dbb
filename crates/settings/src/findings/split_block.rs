//! TP2001: credentials split over levels.

use crate::endpoint::Level;
use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2001),
    severity: Severity::Warning,
    title: "credentials split over levels",
    meaning: "Certificate, key, trusted authorities and what belongs to them come together from one level. A higher level has some that the level taken has not: they are not used.",
    example: "the application has certificate and certificate-key, its host has trusted-ca",
    remedy: "write the whole block at one level",
    when_accepted: WhenAccepted::StaysDown,
};

/// `unused` are the options of `upper` that the block at `level` lacks.
pub(crate) fn found(
    place: Place,
    spot: &Spot,
    level: Level,
    upper: Level,
    unused: &[&str],
) -> Finding {
    let verb = if unused.len() == 1 { "does" } else { "do" };
    let message = format!(
        "the credentials come from the level of the {level}, so {} at the level of the {upper} {verb} not count",
        unused.join(", ")
    );
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_remedy(format!(
            "set {} at the level of the {level} as well, or move the block to one level",
            unused.join(", ")
        ))
}
