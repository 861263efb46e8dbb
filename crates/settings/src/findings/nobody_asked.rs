//! TP2014: limit on client certificates where none is asked for.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2014),
    severity: Severity::Warning,
    title: "limit on client certificates where none is asked for",
    meaning: "The port says which client certificates may connect, by their names or by a revocation list, but asks no client for one: everybody may connect.",
    example: "a port with allowed-names and without tls-mutual=1",
    remedy: "set tls-mutual = 1 for the port, or remove the option",
    when_accepted: WhenAccepted::StaysDown,
};

/// `option` is the one that limits nobody.
pub(crate) fn found(place: Place, spot: &Spot, option: &str) -> Finding {
    let remedy = match place {
        Place::CommandLine => format!("add --tls-mutual 1, or remove --{option}"),
        Place::Fleet
        | Place::Host(_)
        | Place::Application(_)
        | Place::Port { .. }
        | Place::Connection { .. }
        | Place::Program
        | Place::Backup { .. } => {
            format!("set tls-mutual = 1 for the port, or remove {option}")
        }
    };
    let message = format!(
        "no client is asked for a certificate, so {option} keeps nobody out: everybody may connect"
    );
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_remedy(remedy)
}
