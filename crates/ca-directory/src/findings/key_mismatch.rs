//! TP6002: CA key and certificate do not belong together.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected, KeyState};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6002),
    severity: Severity::Error,
    title: "CA key and certificate do not belong together",
    meaning: "The private key is not that of the CA certificate, or the certificate is not one that may sign others. Nothing can be issued.",
    example: "`ca_conf/ca_cert.pem` replaced by the certificate of another CA",
    remedy: "put the certificate and the key of one CA together",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    let path = &inspected.directory.layout().certificate;
    match &inspected.key {
        KeyState::Invalid(error) => found.add(CaFinding::new(&KIND, path, error.to_string())),
        KeyState::Good | KeyState::NotChecked | KeyState::Unreadable(_) => {}
    }
}
