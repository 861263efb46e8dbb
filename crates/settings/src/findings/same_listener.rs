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

/// One of the two that meet.
pub(crate) struct Meeting<'a> {
    pub(crate) place: &'a Place,
    pub(crate) spot: &'a Spot,
    pub(crate) who: Who,
}

/// Who listens for an endpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// It does so itself.
    Itself,
    /// The program behind its tunnel is to.
    Program,
}

/// What `own` wants, `other` has or is to have: `at`.
pub(crate) fn found(own: &Meeting<'_>, at: &str, other: &Meeting<'_>) -> Finding {
    let name = other.place;
    let (listens, there) = match other.who {
        Who::Itself => (format!("{name} listens"), format!("{name} listens here")),
        Who::Program => (
            format!("the program of {name} is to listen"),
            format!("the program of {name} is to listen here"),
        ),
    };
    let message = match own.who {
        Who::Itself => format!("{at} is also where {listens} on this host"),
        Who::Program => {
            format!("{at}, where its program is to listen, is also where {listens} on this host")
        }
    };
    let finding = Finding::new(&KIND, own.place.clone(), message)
        .with_spot(own.spot)
        .with_related(other.spot, there);
    match (own.who, other.who) {
        (Who::Itself, Who::Itself) => finding,
        (Who::Program, _) | (_, Who::Program) => {
            finding.with_remedy("give the program or the tunnel another number or address")
        }
    }
}
