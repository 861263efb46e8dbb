//! TP6011: serial file cannot be used.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected, whole_message};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6011),
    severity: Severity::Error,
    title: "serial file cannot be used",
    meaning: "`serial.num` holds no serial number, or counting has come to its end. Nothing can be issued.",
    example: "an empty `ca_conf/serial.num`",
    remedy: "`trustpack ca check --repair`; or put a hexadecimal serial there: the next number where the folder counts, else 32 random digits of which the first is 4 to 7",
    when_accepted: WhenAccepted::Starts,
};

pub(crate) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    if let Err(error) = &inspected.next_serial {
        let path = &inspected.directory.layout().serial;
        found.add(CaFinding::new(&KIND, path, whole_message(error)));
    }
}
