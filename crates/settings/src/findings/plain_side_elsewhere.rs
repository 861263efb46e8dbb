//! TP3016: plain side beyond the loopback addresses.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;
use crate::value::PlainAddress;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3016),
    severity: Severity::Warning,
    title: "plain side beyond the loopback addresses",
    meaning: "What flows on the plain side of a tunnel is in clear. At an address that is no loopback address others can read it or connect to it, so a tunnel refuses it.",
    example: "tunnel = \"10.1.2.3:24172\"",
    remedy: "use an address of 127.0.0.0/8, [::1] or a UNIX socket; a tunnel takes another one only with the switch --danger-plain-anywhere",
    when_accepted: WhenAccepted::StaysDown,
};

pub(crate) fn found(place: Place, spot: Option<&Spot>, at: &PlainAddress) -> Finding {
    let message =
        format!("tunnel: the plain side {at} is no loopback address, and tunnels refuse it");
    let finding = Finding::new(&KIND, place, message);
    match spot {
        Some(spot) => finding.with_spot(spot),
        None => finding,
    }
}
