//! TP3011: client does not authenticate its server.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3011),
    severity: Severity::Warning,
    title: "client does not authenticate its server",
    meaning: "With client-auth=0 a client takes any server: the connection is encrypted, and anybody in between can read it.",
    example: "client-auth = \"0\"",
    remedy: "remove client-auth, and set trusted-ca",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: &Spot) -> Finding {
    let message = "client-auth is 0: the client takes any server";
    Finding::new(&KIND, place, message).with_spot(spot)
}
