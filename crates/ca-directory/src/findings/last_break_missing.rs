//! TP6017: last line of the ledger has no line break.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6017),
    severity: Severity::Error,
    title: "last line of the ledger has no line break",
    meaning: "The last line is whole and its line break is missing. OpenSSL passes over such a line without a word, and writes the ledger without it.",
    example: "`ca_conf/ca.db` saved by an editor that leaves the last line break out",
    remedy: "`trustpack ca check --repair` adds one; do it before OpenSSL works on the folder",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    if inspected.ledger.lacks_last_break {
        let path = &inspected.directory.layout().ledger;
        found.add(CaFinding::new(
            &KIND,
            path,
            "its last line has no line break",
        ));
    }
}
