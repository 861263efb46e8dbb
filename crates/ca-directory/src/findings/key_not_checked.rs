//! TP6003: CA key was not compared.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected, KeyState};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6003),
    severity: Severity::Note,
    title: "CA key was not compared",
    meaning: "The CA key is encrypted and no password was given, so it was not compared with the certificate.",
    example: "`ca check` without a password on a CA with an encrypted key",
    remedy: "give the password of the CA key to have it compared",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    let path = &inspected.directory.layout().private_key;
    let message = "the CA key is encrypted and was not compared with the certificate";
    match &inspected.key {
        KeyState::NotChecked => found.add(CaFinding::new(&KIND, path, message)),
        KeyState::Good | KeyState::Unreadable(_) | KeyState::Invalid(_) => {}
    }
}
