//! TP5102: no cipher left.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;

use crate::cipher_list;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(5102),
    severity: Severity::Error,
    title: "no cipher left",
    meaning: "cipher-list and the allowed versions of TLS together leave no suite.",
    example: "cipher-list = \"AES128-SHA\" with sec-protocol-max = \"TLSv12\"",
    remedy: "name suites of the allowed versions in cipher-list, or leave it out",
    when_accepted: WhenAccepted::StaysDown,
};

/// Nothing is left of the list.
pub(crate) fn found(place: &Place, list: &[String]) -> Finding {
    let message = format!(
        "cipher-list {:?} leaves no suite for the allowed versions of TLS; the engine has {}",
        list.join(":"),
        cipher_list::names()
    );
    Finding::new(&KIND, place.clone(), message)
}
