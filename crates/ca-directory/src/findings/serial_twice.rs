//! TP6010: serial number twice in the ledger.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
use crate::check::{About, CaFinding, Inspected};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6010),
    severity: Severity::Error,
    title: "serial number twice in the ledger",
    meaning: "Two certificates have one serial number: revoking one revokes the other, and some programs refuse both.",
    example: "two lines of `ca_conf/ca.db` with one serial",
    remedy: "`trustpack ca check --repair` takes away a line that is there twice; where two certificates have the serial, replace both by new ones, and remove one line",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    let path = &inspected.directory.layout().ledger;
    for (serial, times) in inspected.ledger.serials.repeated() {
        let message = format!("the serial {serial} stands there {times} times");
        found.add(CaFinding::new(&KIND, path, message).about(About::Serial(serial)));
    }
}
