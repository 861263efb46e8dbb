//! TP6013: copy of a certificate is missing.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::CaFinding;
use crate::layout::Layout;
use crate::ledger::fields::{Line, LineState, text_of};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6013),
    severity: Severity::Warning,
    title: "copy of a certificate is missing",
    meaning: "The ledger has a valid certificate whose copy is not in the repository: it cannot be shown, renewed or found by its names.",
    example: "a `repository/<serial>.pem` deleted",
    remedy: "put the file back from a copy or from the host that has the certificate",
    when_accepted: WhenAccepted::Starts,
};

/// Whether the copy of the certificate of a line is missing. That of one that does not count any more may be.
pub(crate) fn of_line(layout: &Layout, line: &Line<'_>) -> Option<CaFinding> {
    let path = layout.ledger_copy(&line.serial());
    if line.state != LineState::Valid || path.exists() {
        return None;
    }
    let subject = text_of(line.subject);
    let message = format!("it is missing; the ledger has it for {subject}");
    Some(CaFinding::new(&KIND, &path, message))
}
