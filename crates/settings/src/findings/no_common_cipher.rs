//! TP3019: no common cipher suite.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::resolve::ciphers::Allowed;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3019),
    severity: Severity::Error,
    title: "no common cipher suite",
    meaning: "In none of the versions that both ends of a connection allow have their cipher lists a suite in common. Lists are compared where they name suites, also with all that trustpack has where it has no list; a list word such as HIGH is taken to fit.",
    example: "cipher-list = \"ECDHE-RSA-AES128-GCM-SHA256\" at the port, \"ECDHE-RSA-AES256-GCM-SHA384\" at the connection, both with sec-protocol-max = \"TLSv12\"",
    remedy: "name a suite that both ends have",
    when_accepted: WhenAccepted::StaysDown,
};

/// `own` and `other` are what both ends allow; `spot` is where the client's list is written, if it has one.
pub(crate) fn found(
    place: Place,
    own: &Allowed,
    spot: Option<&Spot>,
    port: &Place,
    other: &Allowed,
) -> Finding {
    let (of_client, of_server) = (own.shown(), other.shown());
    let message = format!(
        "of cipher suites the connection allows {of_client}, {port} allows {of_server}: there is none in common"
    );
    let finding = Finding::new(&KIND, place, message);
    match spot {
        Some(spot) => finding.with_spot(spot),
        None => finding,
    }
}
