//! TP3019: no common cipher suite.

use crate::endpoint::Setting;
use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::value::{CipherList, Shown as _};

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
pub(crate) fn found(
    place: Place,
    own: &Setting<Option<CipherList>>,
    port: &Place,
    other: Option<&CipherList>,
) -> Finding {
    let shown = |list: Option<&CipherList>| match list {
        Some(list) => list.shown(),
        None => "those that its engine has".to_owned(),
    };
    let (of_client, of_server) = (shown(own.value.as_ref()), shown(other));
    let message = format!(
        "of cipher suites the connection allows {of_client}, {port} allows {of_server}: there is none in common"
    );
    let finding = Finding::new(&KIND, place, message);
    match own.origin.spot() {
        Some(spot) => finding.with_spot(spot),
        None => finding,
    }
}
