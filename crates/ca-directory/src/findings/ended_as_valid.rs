//! TP6020: ended certificates are marked as valid.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6020),
    severity: Severity::Note,
    title: "ended certificates are marked as valid",
    meaning: "Lines of the ledger are marked V whose certificates have ended. Trustpack goes by the date; OpenSSL shows them as valid until `openssl ca -updatedb` marks them E.",
    example: "a CA that has been issuing for longer than its certificates are good",
    remedy: "have them marked, if somebody looks at the ledger with OpenSSL",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    let ended = inspected.ledger.ended_as_valid;
    if ended > 0 {
        let path = &inspected.directory.layout().ledger;
        let message = format!("certificates that have ended and are marked V: {ended}");
        found.add(CaFinding::new(&KIND, path, message));
    }
}
