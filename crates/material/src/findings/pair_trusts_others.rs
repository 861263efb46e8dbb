//! TP4105: pair of servers that trust different CAs.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4105),
    severity: Severity::Warning,
    title: "pair of servers that trust different CAs",
    meaning: "A port of a primary and the port of the same ID of its backup let in clients of different CAs: the files that their trusted-ca name do not hold the same certificates. What connects to the one may be refused by the other, just when it is needed.",
    example: "the new CA added to the trusted-ca file of the primary alone",
    remedy: "put the same certificates into the files of both",
    when_accepted: WhenAccepted::Starts,
};

/// `place` is the port of the backup. Each list names CAs that only that end trusts.
pub(crate) fn found(place: &Place, primary: &Place, here: &[String], there: &[String]) -> Finding {
    let only = |names: &[String], at: &str| {
        (!names.is_empty()).then(|| format!("only {at}: {}", names.join(", ")))
    };
    let parts = [only(here, "here"), only(there, &format!("at {primary}"))];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let message = format!(
        "this backup of {primary} trusts other CAs; {}",
        parts.join("; ")
    );
    Finding::new(&KIND, place.clone(), message)
}
