//! TP2004: unused because of an own file.

use crate::endpoint::Level;
use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2004),
    severity: Severity::Warning,
    title: "unused because of an own file",
    meaning: "An application with an own file takes its options from that file and from its endpoints. What the levels above say is not used.",
    example: "own-file = \"/opt/lca/lca.cfg\" and a certificate in [application.security]",
    remedy: "remove the values, or put them into the own file",
    when_accepted: WhenAccepted::StaysDown,
};

/// What does not count of a level; the first of it stands at `spot`, and `named` is where the own file is named.
pub(crate) fn found(
    place: Place,
    spot: &Spot,
    (level, unused): (Level, &[&str]),
    named: &Spot,
) -> Finding {
    let verb = if unused.len() == 1 { "is" } else { "are" };
    let message = format!(
        "the application has an own file, so {} of the {level} {verb} not used",
        unused.join(", ")
    );
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_related(named, "the own file")
}
