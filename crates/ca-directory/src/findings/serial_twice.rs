//! TP6010: serial number twice in the ledger.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::{CaFinding, Inspected};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6010),
    severity: Severity::Error,
    title: "serial number twice in the ledger",
    meaning: "Two certificates have one serial number: revoking one revokes the other, and some programs refuse both.",
    example: "two lines of `ca_conf/ca.db` with one serial",
    remedy: "find out which certificates have the serial; replace both by new ones, and remove one line",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>) -> Vec<CaFinding> {
    let path = &inspected.directory.layout().ledger;
    let twice = inspected
        .records
        .iter()
        .filter(|(_, records)| records.len() > 1);
    twice
        .map(|(serial, records)| {
            let message = format!("the serial {serial} stands there {} times", records.len());
            CaFinding::new(&KIND, path, message)
        })
        .collect()
}
