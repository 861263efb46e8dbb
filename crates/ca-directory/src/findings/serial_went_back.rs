//! TP6012: serial file went back.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected};
use crate::serial_file::Numbering;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6012),
    severity: Severity::Error,
    title: "serial file went back",
    meaning: "The next serial was used before: OpenSSL, and in a folder that counts Trustpack too, would give it a second time.",
    example: "`ca_conf/serial.num` put back from an old copy",
    remedy: "`trustpack ca check --repair`; or put a number there that is higher than every serial in the ledger",
    when_accepted: WhenAccepted::Starts,
};

pub(crate) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    let Ok(Some(next)) = &inspected.next_serial else {
        return;
    };
    let serials = &inspected.ledger.serials;
    let message = match Numbering::of(next) {
        Numbering::Counting(value) => match serials.highest_counted() {
            Some(highest) if value <= highest => {
                format!("the next serial is {next}, but the ledger has {highest:02X} already")
            }
            Some(_) | None => return,
        },
        // Ours are drawn anew each time; OpenSSL takes the one that is written there.
        Numbering::Random if serials.contains(next) => {
            format!("the next serial is {next}, which the ledger has already")
        }
        Numbering::Random => return,
    };
    let path = &inspected.directory.layout().serial;
    found.add(CaFinding::new(&KIND, path, message));
}
