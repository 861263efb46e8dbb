//! TP3013: name check without a name.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3013),
    severity: Severity::Error,
    title: "name check without a name",
    meaning: "The name of the server is to be checked, and no name is known to compare with.",
    example: "tls-target-name-check = host on the command line without a name",
    remedy: "give the name of the server with --name, or set --tls-target-name-check no",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place) -> Finding {
    let message = "tls-target-name-check is host, but the name of the server is not known";
    let is_of_program = place == Place::Program;
    let finding = Finding::new(&KIND, place, message);
    if is_of_program {
        finding.with_remedy("give the name of the server, or set tls-target-name-check to no")
    } else {
        finding
    }
}
