//! TP6006: CA certificate has expired.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6006),
    severity: Severity::Error,
    title: "CA certificate has expired",
    meaning: "No certificate can be issued, and none that was issued is accepted any more.",
    example: "a CA after the end of its certificate",
    remedy: "renew the CA, or make a new one and give its certificate to every machine",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    let end = inspected.directory.certificate().validity().not_after;
    if end < inspected.now {
        let path = &inspected.directory.layout().certificate;
        let message = format!("the CA ended on {end}; now is {}", inspected.now);
        found.add(CaFinding::new(&KIND, path, message));
    }
}
