//! TP1032: variable assigned twice.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1032),
    severity: Severity::Warning,
    title: "variable assigned twice",
    meaning: "A script assigns a variable of a TLS option twice. The last one counts, as when the script is run; whether a condition keeps it from being run is not known.",
    example: "TRUSTED_CA=/etc/sec/a.pem and below it TRUSTED_CA=/etc/sec/b.pem, in setenv.sh",
    remedy: "keep one of them",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot, name: &str, last: &Spot) -> Finding {
    let message = format!("{name:?} is assigned again below; the last one counts");
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_related(last, "assigned here")
}
