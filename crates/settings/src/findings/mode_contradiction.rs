//! TP2009: transport parameter against the mode.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2009),
    severity: Severity::Error,
    title: "transport parameter against the mode",
    meaning: "The mode of the port says one thing, a transport parameter another. The parameter wins.",
    example: "mode = \"secured\"\ntransport = \"tls=0\"",
    remedy: "change the mode or remove the parameter",
    when_accepted: WhenAccepted::Starts,
};

pub(crate) fn found(place: Place, spot: &Spot, mode: &str, parameter: &str) -> Finding {
    let message = format!("the mode is {mode:?}, but the transport parameters say {parameter}");
    Finding::new(&KIND, place, message).with_spot(spot)
}
