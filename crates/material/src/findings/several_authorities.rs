//! TP4107: more than one CA in the fleet.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4107),
    severity: Severity::Note,
    title: "more than one CA in the fleet",
    meaning: "The certificates of the fleet come from more than one root. Every end must trust those of all its peers.",
    example: "hosts of two sites, each with a CA of its own",
    remedy: "use one CA, or see that every trusted-ca has them all",
    when_accepted: WhenAccepted::Starts,
};

/// The names of the roots.
pub(crate) fn found(roots: &[String]) -> Finding {
    let message = format!(
        "the certificates of the fleet come from {} CAs: {}",
        roots.len(),
        roots.join(", ")
    );
    Finding::new(&KIND, Place::Fleet, message)
}
