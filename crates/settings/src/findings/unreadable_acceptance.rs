//! TP1023: acceptance that cannot be read.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1023),
    severity: Severity::Error,
    title: "acceptance that cannot be read",
    meaning: "An entry of [[accept]] has an error, so it accepts nothing. What it was meant to accept counts again; no other endpoint is concerned, and none is kept from starting by this error itself.",
    example: "[[accept]]\nuntil = \"tomorrow\"",
    remedy: "mend the entry, or remove it",
    when_accepted: WhenAccepted::StaysDown,
};

/// What was found while reading the entry, as a finding that bars no endpoint.
pub(crate) fn instead_of(found: Finding) -> Finding {
    let message = format!("acceptance: {}; it accepts nothing", found.message);
    Finding {
        kind: &KIND,
        place: Place::Fleet,
        message,
        ..found
    }
}
