//! TP6026: revocation list cannot be used.

use std::path::Path;

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected, own_lists, whole_message};
use crate::crl::present::Present;
use crate::durable::FileError;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6026),
    severity: Severity::Error,
    title: "revocation list cannot be used",
    meaning: "The file of a revocation list is damaged, is something else, or was not signed by a key of this CA. Who checks certificates against it refuses them all, or goes on without; and what it said of revocations cannot be compared with the ledger, so that mending takes every lost line for one that may have been revoked.",
    example: "`ca_conf/crl.pem` cut in the middle",
    remedy: "put the list back from where it was published; if the ledger is whole, `trustpack crl create` makes one from it",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    for (path, present) in own_lists::not_understood(inspected.directory) {
        found.add_all(of_list(&path, present));
    }
}

/// What is wrong with the list at `path`.
fn of_list(path: &Path, present: Result<Present, FileError>) -> Option<CaFinding> {
    let message = match present {
        Ok(Present::Missing | Present::Ours(_)) => return None,
        Ok(Present::Foreign { .. }) => "no key of this CA signed it".to_owned(),
        Ok(Present::Unreadable { source, .. }) => whole_message(&source),
        Err(error) => whole_message(&error),
    };
    Some(CaFinding::new(&KIND, path, message))
}
