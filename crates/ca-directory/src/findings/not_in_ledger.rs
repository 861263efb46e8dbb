//! TP6015: certificate is not in the ledger.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};
use trustpack_x509::serial::Serial;

use crate::check::{CaFinding, Inspected};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6015),
    severity: Severity::Warning,
    title: "certificate is not in the ledger",
    meaning: "The repository has files of a serial that the ledger does not know. Such a certificate cannot be revoked.",
    example: "a line of `ca_conf/ca.db` deleted",
    remedy: "put the line back, or remove the files if nobody has the certificate",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>) -> Vec<CaFinding> {
    // With a ledger that was not read to its end everything after the fault would seem unknown.
    if inspected.ledger_error.is_some() {
        return Vec::new();
    }
    let repository = &inspected.directory.layout().repository;
    let unknown = inspected
        .repository
        .iter()
        .filter(|name| serial_of(name).is_some_and(|s| !inspected.records.contains_key(&s)));
    unknown
        .map(|name| {
            CaFinding::new(
                &KIND,
                &repository.join(name),
                "the ledger does not know its serial",
            )
        })
        .collect()
}

/// The serial in a name of the repository: `<serial>.pem` or `<serial>_<host>_...`.
fn serial_of(name: &str) -> Option<Serial> {
    let ours = name.ends_with(".pem") || name.ends_with(".pfx");
    let digits = name.split(['_', '.']).next()?;
    digits
        .parse()
        .ok()
        .filter(|serial: &Serial| ours && serial.to_hex() == digits)
}
