//! TP2013: options at a cluster instead of its nodes.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::{ApplicationName, Place};
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2013),
    severity: Severity::Warning,
    title: "options at a cluster instead of its nodes",
    meaning: "The options of this kind are read from the objects of the nodes, not from that of their cluster. An application that neither listens nor connects, beside others of its kind that do, is taken for the cluster.",
    example: "[application.security] at the object of a Co-browse cluster",
    remedy: "move the options to the applications of the nodes",
    when_accepted: WhenAccepted::StaysDown,
};

/// `node` is one of the nodes.
pub(crate) fn found(place: Place, spot: &Spot, node: &ApplicationName) -> Finding {
    let message =
        format!("the options stand at the cluster, but are read at its nodes, such as {node}");
    Finding::new(&KIND, place, message).with_spot(spot)
}
