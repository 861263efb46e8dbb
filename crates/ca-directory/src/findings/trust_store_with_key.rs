//! TP6004: trust store holds a private key.

use trustpack_keystore::password::Password;
use trustpack_keystore::pkcs12;
use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected};
use crate::durable;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6004),
    severity: Severity::Error,
    title: "trust store holds a private key",
    meaning: "`ca_cert.pfx` is copied to every machine. With the CA key in it, every machine can issue certificates.",
    example: "`ca_conf/ca_cert.pfx` made by `openssl pkcs12 -export` with the CA key",
    remedy: "delete the copies that were given out and make the file anew; consider the CA key as known to others",
    when_accepted: WhenAccepted::Starts,
};

pub(crate) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    let path = &inspected.directory.layout().trust_store;
    let holds_key = |file: &[u8]| match pkcs12::read(file, &Password::empty()) {
        Ok(store) => store.key.is_some(),
        // With another password, or damaged: whether there is a key cannot be seen, and its
        // certificates are the matter of the next check.
        Err(_) => false,
    };
    if durable::read(path).is_ok_and(|file| holds_key(&file)) {
        let message = "the trust store holds a private key; it must hold the CA certificate only";
        found.add(CaFinding::new(&KIND, path, message));
    }
}
