//! TP6013: copy of a certificate is missing.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::{CaFinding, Inspected};
use crate::ledger_line::State;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6013),
    severity: Severity::Warning,
    title: "copy of a certificate is missing",
    meaning: "The ledger has a valid certificate whose copy is not in the repository: it cannot be shown, renewed or found by its names.",
    example: "a `repository/<serial>.pem` deleted",
    remedy: "put the file back from a copy or from the host that has the certificate",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>) -> Vec<CaFinding> {
    let layout = inspected.directory.layout();
    let valid = inspected
        .records
        .values()
        .flatten()
        .filter(|record| record.state == State::Valid);
    valid
        .filter(|record| !layout.ledger_copy(&record.serial).exists())
        .map(|record| {
            let message = format!("it is missing; the ledger has it for {}", record.subject);
            CaFinding::new(&KIND, &layout.ledger_copy(&record.serial), message)
        })
        .collect()
}
