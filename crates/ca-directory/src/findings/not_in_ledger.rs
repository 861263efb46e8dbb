//! TP6015: certificate is not in the ledger.

use std::path::Path;

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};
use trustpack_x509::serial::Serial;

use crate::check::{About, CaFinding, Inspected};

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

/// Whether a name in the repository is that of a serial that the ledger does not know.
pub(crate) fn of_name(inspected: &Inspected<'_>, path: &Path, name: &str) -> Option<CaFinding> {
    // Its line may be the one that is damaged.
    if inspected.ledger.is_damaged {
        return None;
    }
    let serial = serial_of(name)?;
    let known = inspected.ledger.serials.contains(&serial);
    (!known).then(|| {
        CaFinding::new(&KIND, path, "the ledger does not know its serial")
            .about(About::Serial(serial))
    })
}

/// The serial in a name of the repository: `<serial>.pem` or `<serial>_<host>_...`.
pub(crate) fn serial_of(name: &str) -> Option<Serial> {
    let ours = name.ends_with(".pem") || name.ends_with(".pfx");
    let digits = name.split(['_', '.']).next()?;
    digits
        .parse()
        .ok()
        .filter(|serial: &Serial| ours && serial.to_hex() == digits)
}
