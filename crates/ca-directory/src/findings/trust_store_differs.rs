//! TP6005: trust store is not that of the CA.

use trustpack_keystore::password::Password;
use trustpack_keystore::pkcs12;
use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::{CaFinding, Inspected, whole_message};
use crate::durable;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6005),
    severity: Severity::Warning,
    title: "trust store is not that of the CA",
    meaning: "`ca_cert.pfx` is missing, cannot be opened with the empty password, or holds another certificate than `ca_cert.pem`.",
    example: "`ca_conf/ca_cert.pfx` of an earlier CA",
    remedy: "make the file anew from ca_cert.pem",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>) -> Vec<CaFinding> {
    let path = &inspected.directory.layout().trust_store;
    let found = |message: String| vec![CaFinding::new(&KIND, path, message)];
    let file = match durable::read(path) {
        Ok(file) => file,
        Err(error) => return found(whole_message(&error)),
    };
    match pkcs12::read(&file, &Password::empty()) {
        Err(error) => found(whole_message(&error)),
        Ok(store)
            if store
                .certificates
                .contains(inspected.directory.certificate()) =>
        {
            Vec::new()
        }
        Ok(_) => found("the CA certificate is not in the trust store".to_owned()),
    }
}
