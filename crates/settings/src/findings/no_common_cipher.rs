//! TP3019: no common cipher suite.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3019),
    severity: Severity::Error,
    title: "no common cipher suite",
    meaning: "In none of the versions that both ends of a connection allow have their cipher lists a suite in common. Lists are compared where they name suites; a list word such as HIGH is taken to fit.",
    example: "cipher-list = \"ECDHE-RSA-AES128-GCM-SHA256\" at the port, \"ECDHE-RSA-AES256-GCM-SHA384\" at the connection, both with sec-protocol-max = \"TLSv12\"",
    remedy: "name a suite that both ends have",
    when_accepted: WhenAccepted::StaysDown,
};

/// `own` and `other` are the lists of both ends.
pub(crate) fn found(place: Place, own: &str, port: &Place, other: &str) -> Finding {
    let message = format!(
        "the connection allows the cipher suites {own}, {port} allows {other}: there is none in common"
    );
    Finding::new(&KIND, place, message)
}
