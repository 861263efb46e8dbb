//! TP6001: CA key cannot be read.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected, KeyState, whole_message};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6001),
    severity: Severity::Error,
    title: "CA key cannot be read",
    meaning: "The private key of the CA is missing, damaged or not readable by this account. Nothing can be issued.",
    example: "`ca_conf/ca_priv_key.pem` deleted",
    remedy: "put the key back from a copy, or run this as its owner",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    let path = &inspected.directory.layout().private_key;
    match &inspected.key {
        KeyState::Unreadable(error) => {
            found.add(CaFinding::new(&KIND, path, whole_message(error)));
        }
        KeyState::Good | KeyState::NotChecked | KeyState::Invalid(_) => {}
    }
}
