//! TP2006: option without effect where it is set.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2006),
    severity: Severity::Warning,
    title: "option without effect where it is set",
    meaning: "The option is known, but has no effect at this place.",
    example: "tls-mutual in the transport parameters of a connection",
    remedy: "remove it, or set it where it has an effect",
    when_accepted: WhenAccepted::StaysDown,
};

/// `here` says what kind of place it is: `a connection`.
pub(crate) fn found(place: Place, spot: &Spot, option: &str, here: &str, works: &str) -> Finding {
    let message = format!("{option} has no effect at {here}");
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_remedy(format!("remove it; it has an effect at {works}"))
}

/// The engine that does TLS does not know the option.
pub(crate) fn engine(place: Place, spot: &Spot, option: &str, engine: &str) -> Finding {
    let message = format!("{option} has no effect with the engine {engine}");
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_remedy("remove it, or let trustpack do TLS there")
}

/// With this provider the option is not looked at.
pub(crate) fn provider(place: Place, spot: &Spot, option: &str, provider: &str) -> Finding {
    let message = format!("{option} has no effect with the provider {provider}");
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_remedy("remove it")
}
