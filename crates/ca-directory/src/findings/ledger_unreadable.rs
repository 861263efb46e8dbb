//! TP6009: ledger cannot be read.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::{About, CaFinding, whole_message};
use crate::durable::FileError;
use crate::layout::Layout;
use crate::ledger_line::InvalidLine;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6009),
    severity: Severity::Error,
    title: "ledger cannot be read",
    meaning: "The ledger is missing, or one of its lines is damaged. OpenSSL reads nothing of such a ledger, and no revocation list can be made: the line may be a revocation.",
    example: "a line of `ca_conf/ca.db` cut in the middle",
    remedy: "put the ledger back from a copy, if there is one with all lines; `ca.db.old` is the one before OpenSSL's last change. Else `trustpack ca check --repair` makes lines anew from the certificates; a line that it leaves, mend by hand",
    when_accepted: WhenAccepted::Starts,
};

/// The file itself.
pub(crate) fn file(layout: &Layout, error: &FileError) -> CaFinding {
    CaFinding::new(&KIND, &layout.ledger, whole_message(error))
}

/// One of its lines, counted from 1.
pub(crate) fn line(layout: &Layout, number: usize, invalid: &InvalidLine) -> CaFinding {
    let message = format!("line {number} is no line of a ledger: {invalid}");
    CaFinding::new(&KIND, &layout.ledger, message).about(About::Line(number))
}
