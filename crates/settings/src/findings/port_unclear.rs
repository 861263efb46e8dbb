//! TP3007: port of the connection is contradictory.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3007),
    severity: Severity::Error,
    title: "port of the connection is contradictory",
    meaning: "Whether the port speaks TLS cannot be told from its settings, so the connection cannot be made safely.",
    example: "a connection to a port with transport = \"tls=yes\"",
    remedy: "mend the settings of the port",
    when_accepted: WhenAccepted::StaysDown,
};

/// `cause` is the error that it comes from, if one is known.
pub(crate) fn found(place: Place, port: &Place, cause: Option<&Finding>) -> Finding {
    let Some(cause) = cause else {
        let message =
            format!("whether {port} speaks TLS cannot be told, because its settings have an error");
        return Finding::new(&KIND, place, message);
    };
    let (code, at) = (cause.code(), &cause.place);
    let message =
        format!("whether {port} speaks TLS cannot be told, because of the error {code} at {at}");
    Finding::new(&KIND, place, message).with_remedy(format!("mend {code} at {at}"))
}
