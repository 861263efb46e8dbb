//! TP6012: serial file went back.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};
use trustpack_x509::serial::Serial;

use crate::check::{CaFinding, Inspected};
use crate::serial_file::Numbering;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6012),
    severity: Severity::Error,
    title: "serial file went back",
    meaning: "The folder counts its certificates, and the next number was used before. Issuing would give it a second time.",
    example: "`ca_conf/serial.num` put back from an old copy",
    remedy: "put a number there that is higher than every serial in the ledger",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>) -> Vec<CaFinding> {
    let path = &inspected.directory.layout().serial;
    let Ok(Numbering::Counting(next)) = inspected.numbering else {
        return Vec::new();
    };
    let highest = inspected
        .records
        .keys()
        .filter_map(Serial::counting_value)
        .max();
    match highest {
        Some(highest) if next <= highest => {
            let message =
                format!("the next serial is {next:02X}, but the ledger has {highest:02X} already");
            vec![CaFinding::new(&KIND, path, message)]
        }
        Some(_) | None => Vec::new(),
    }
}
