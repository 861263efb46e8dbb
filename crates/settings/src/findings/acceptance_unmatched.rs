//! TP1022: acceptance for a place that is not there.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1022),
    severity: Severity::Warning,
    title: "acceptance for a place that is not there",
    meaning: "An acceptance names a place that the fleet does not have, so it accepts nothing.",
    example: "[[accept]] with a misspelt place",
    remedy: "correct the place, or remove the acceptance",
    when_accepted: WhenAccepted::StaysDown,
};

/// `named` is the place the acceptance names.
pub(crate) fn found(spot: &Spot, code: Code, named: &Place) -> Finding {
    let message = format!("the acceptance of {code} names {named}, which the fleet does not have");
    Finding::new(&KIND, Place::Fleet, message).with_spot(spot)
}
