//! TP1012: unknown option.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1012),
    severity: Severity::Note,
    title: "unknown option",
    meaning: "The name is none of a TLS option. It may belong to another program, and is passed over.",
    example: "trace-level = \"2\"",
    remedy: "remove it if nobody needs it",
    when_accepted: WhenAccepted::StaysDown,
};

/// `home` is the kind of object that has a key of this name, if one has.
pub(crate) fn found(place: Place, spot: &Spot, written: &str, home: Option<&str>) -> Finding {
    let finding = |message| Finding::new(&KIND, place, message).with_spot(spot);
    match home {
        None => finding(format!("the option {written:?} is unknown and passed over")),
        Some(home) => finding(format!(
            "there is no option {written:?}, it is passed over here; {home} has a key of this name"
        ))
        .with_remedy(format!(
            "write {written:?} as a key of {home}, not as an option"
        )),
    }
}
