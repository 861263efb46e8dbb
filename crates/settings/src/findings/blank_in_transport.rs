//! TP1015: blank in transport parameters.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1015),
    severity: Severity::Error,
    title: "blank in transport parameters",
    meaning: "A blank stands before or after a `;` or `=` of transport parameters. Systems that read such strings ignore an entry that has one, so it does not count here either, and the endpoint is not started.",
    example: "transport = \"tls=1; tls-mutual=1\"",
    remedy: "write the string without these blanks",
    when_accepted: WhenAccepted::StaysDown,
};

/// `name` is the name of the entry; `mended` the whole string as it should be.
pub(crate) fn found(place: Place, spot: &Spot, name: &str, mended: &str) -> Finding {
    let name = name.trim();
    let message = if name.is_empty() {
        "a blank stands after the last `;` of the transport parameters".to_owned()
    } else {
        format!(
            "a blank stands beside the `;` or `=` of {name:?}, so that the entry does not count"
        )
    };
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_remedy(format!("write {mended:?}"))
}
