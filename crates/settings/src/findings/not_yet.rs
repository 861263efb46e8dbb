//! TP1018: not in this version.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1018),
    severity: Severity::Error,
    title: "not in this version",
    meaning: "The settings ask for something that this version cannot do. It is not passed over: the endpoints it concerns are not started.",
    example: "provider = \"MSCAPI\" at a port with a tunnel",
    remedy: "remove it, or wait for a version that has it",
    when_accepted: WhenAccepted::StaysDown,
};

/// `what` is the option, or the option and its value.
pub(crate) fn found(place: Place, spot: &Spot, what: &str) -> Finding {
    let message = format!("{what} is not supported by this version");
    Finding::new(&KIND, place, message).with_spot(spot)
}

/// The provider that holds because none is set is one this version has not.
pub(crate) fn default_provider(place: Place, provider: &str) -> Finding {
    let message =
        format!("no provider is set, so {provider} is used, which this version does not support");
    Finding::new(&KIND, place, message).with_remedy("set provider to PEM and name PEM files")
}
