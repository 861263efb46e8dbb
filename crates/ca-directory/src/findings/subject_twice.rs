//! TP6021: OpenSSL takes each subject once only.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6021),
    severity: Severity::Warning,
    title: "OpenSSL takes each subject once only",
    meaning: "A subject has two valid certificates, and OpenSSL is told to take each subject once: it refuses to load the ledger.",
    example: "`unique_subject = yes` in `ca_conf/ca.db.attr`, and a certificate that was issued anew before the old one ended",
    remedy: "write `unique_subject = no` into the file ca.db.attr beside the ledger",
    when_accepted: WhenAccepted::Starts,
};

pub(crate) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    if inspected.ledger.subject_twice {
        let path = inspected.directory.layout().ledger_attributes();
        let message = "unique_subject is yes, and the ledger has valid certificates of one subject";
        found.add(CaFinding::new(&KIND, &path, message));
    }
}
