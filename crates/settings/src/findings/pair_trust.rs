//! TP3018: pair of servers with different trust.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3018),
    severity: Severity::Warning,
    title: "pair of servers with different trust",
    meaning: "A port of a primary and the port of the same ID of its backup differ in what they demand of their clients. What connects to the one may be refused by the other, just when it is needed.",
    example: "tls-mutual=1 at the port of the primary alone",
    remedy: "give both ports the same options",
    when_accepted: WhenAccepted::StaysDown,
};

/// `place` is the port of the backup. `own` and `primary` are the values.
pub(crate) fn found(
    place: Place,
    option: &str,
    own: &str,
    primary_place: &Place,
    primary: &str,
) -> Finding {
    let word = |value: &str| match value {
        "" => "not set".to_owned(),
        value => value.to_owned(),
    };
    let message = format!(
        "{option} is {} here, and {} at {primary_place}, whose backup this is",
        word(own),
        word(primary)
    );
    Finding::new(&KIND, place, message)
        .with_remedy(format!("set {option} to the same at both ports"))
}
