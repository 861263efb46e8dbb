//! TP6005: trust store is not that of the CA.

use trustpack_keystore::password::Password;
use trustpack_keystore::pkcs12;
use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
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

pub(crate) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    let path = &inspected.directory.layout().trust_store;
    let message = match durable::read(path) {
        Err(error) => whole_message(&error),
        Ok(file) => match pkcs12::read(&file, &Password::empty()) {
            Err(error) => whole_message(&error),
            Ok(store) => {
                let own = inspected.directory.certificate();
                if store.certificates.contains(own) {
                    return;
                }
                "the CA certificate is not in the trust store".to_owned()
            }
        },
    };
    found.add(CaFinding::new(&KIND, path, message));
}
