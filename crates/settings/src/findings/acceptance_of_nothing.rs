//! TP1025: acceptance of a finding that is not there.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1025),
    severity: Severity::Note,
    title: "acceptance of a finding that is not there",
    meaning: "An acceptance names a place where its finding does not occur: it was cured, or it occurs at another place. Left in the file, it would accept the finding unseen if it came back. Findings about files are not known when a fleet alone is read, and are not judged.",
    example: "[[accept]] of TP5001 for a connection that checks names",
    remedy: "remove the acceptance, or correct its code or place",
    when_accepted: WhenAccepted::StaysDown,
};

/// `named` is the place the acceptance names.
pub(crate) fn found(spot: &Spot, code: Code, named: &Place) -> Finding {
    let message = format!("{code} is accepted at {named}, but is not found there");
    Finding::new(&KIND, Place::Fleet, message).with_spot(spot)
}
