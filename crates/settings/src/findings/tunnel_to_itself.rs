//! TP3015: tunnel leads to itself.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;
use crate::value::PlainAddress;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3015),
    severity: Severity::Error,
    title: "tunnel leads to itself",
    meaning: "Both sides of a tunnel are one address, so that it would connect to itself without end.",
    example: "[[host]]\nname = \"c.example.com\"\naddresses = [\"127.0.0.1\"]\n[[application]]\nname = \"Chat\"\nhost = \"c.example.com\"\n[[application.port]]\nnumber = 4060\nmode = \"secured\"\ntunnel = \"127.0.0.1:4060\"",
    remedy: "give the plain side another port number, the one on which the application itself listens or connects",
    when_accepted: WhenAccepted::StaysDown,
};

/// `at` is the address of both sides.
pub(crate) fn found(place: Place, spot: Option<&Spot>, at: &PlainAddress) -> Finding {
    let message = format!("tunnel: the plain side {at} is the address of the secured side as well");
    let finding = Finding::new(&KIND, place, message);
    match spot {
        Some(spot) => finding.with_spot(spot),
        None => finding,
    }
}
