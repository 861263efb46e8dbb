//! TP6009: ledger cannot be read.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::{CaFinding, Inspected, whole_message};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6009),
    severity: Severity::Error,
    title: "ledger cannot be read",
    meaning: "The ledger is missing, or one of its lines is damaged. What stands after that line was not checked.",
    example: "a line of `ca_conf/ca.db` cut in the middle",
    remedy: "mend the line by hand, or put the ledger back from a copy; `ca.db.old` is the one before OpenSSL's last change",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>) -> Vec<CaFinding> {
    let path = &inspected.directory.layout().ledger;
    let error = inspected.ledger_error.iter();
    error
        .map(|error| CaFinding::new(&KIND, path, whole_message(error)))
        .collect()
}
