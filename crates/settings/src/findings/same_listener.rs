//! TP3014: two listeners on one address.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3014),
    severity: Severity::Error,
    title: "two listeners on one address",
    meaning: "Two ports or plain listeners of one host have the same address and port number. Only one of them can listen there, and which one is a matter of chance, so neither is started. The same holds where one tunnel listens at the address where the program of another one is to listen: it would pass the peers of one service into another, or round and round. Addresses are compared as the fleet names them: 0.0.0.0 meets every address, a host without addresses meets itself.",
    example: "two [[application.port]] of one host with number = 4060",
    remedy: "give one of them another number or address",
    when_accepted: WhenAccepted::Starts,
};

/// `other` listens there too, and is defined at `other_spot`.
pub(crate) fn found(
    place: Place,
    spot: &Spot,
    at: &str,
    other: &Place,
    other_spot: &Spot,
) -> Finding {
    let message = format!("{at} is also where {other} listens on this host");
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_related(other_spot, format!("{other} listens here"))
}

/// The program behind the tunnel at `place` is to listen where the tunnel `other` does.
pub(crate) fn of_program(
    place: Place,
    spot: &Spot,
    at: &str,
    other: &Place,
    other_spot: &Spot,
) -> Finding {
    let message =
        format!("{at}, where its program is to listen, is where the tunnel of {other} listens");
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_related(other_spot, format!("{other} listens here"))
        .with_remedy("give the program or the other tunnel another number or address")
}

/// The tunnel at `place` listens where the program behind the tunnel `other` is to listen.
pub(crate) fn of_tunnel(
    place: Place,
    spot: &Spot,
    at: &str,
    other: &Place,
    other_spot: &Spot,
) -> Finding {
    let message = format!("{at} is also where the program of {other} is to listen on this host");
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_related(
            other_spot,
            format!("the program of {other} is to listen here"),
        )
        .with_remedy("give this tunnel or the program another number or address")
}
