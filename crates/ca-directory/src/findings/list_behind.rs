//! TP6027: revocation list is behind the ledger.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected, own_lists};
use crate::crl::due;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6027),
    severity: Severity::Warning,
    title: "revocation list is behind the ledger",
    meaning: "The ledger has a revoked certificate that the newest list does not name: until another list is made and published, everybody accepts it.",
    example: "`trustpack cert revoke` without `--crl`, or `openssl ca -revoke`, and no list made since",
    remedy: "once the ledger is right make a list with `trustpack crl create`, and publish it",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    let ledger = &inspected.directory.layout().ledger;
    own_lists::each_that_is_renewed(inspected.directory, |path, list| {
        // A ledger that cannot be read is another matter.
        let lacking = due::lacking(list, ledger).unwrap_or_default();
        if lacking > 0 {
            let message = format!("revocations of the ledger that it does not have: {lacking}");
            found.add(CaFinding::new(&KIND, path, message));
        }
    });
}
