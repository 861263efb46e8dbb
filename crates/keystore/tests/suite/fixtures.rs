//! The files of `tests/fixtures`.

use std::path::{Path, PathBuf};

use trustpack_keystore::password::Password;
use trustpack_keystore::pem;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_x509::certificate::Certificate;

pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

#[track_caller]
pub(crate) fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("fixture {name}: {error}"))
}

#[track_caller]
pub(crate) fn text(name: &str) -> String {
    String::from_utf8(bytes(name)).unwrap()
}

#[track_caller]
pub(crate) fn key(name: &str) -> PrivateKey {
    pem::read_private_key(&bytes(name), None).unwrap()
}

#[track_caller]
pub(crate) fn certificate(name: &str) -> Certificate {
    pem::read_certificates(&bytes(name)).unwrap().remove(0)
}

/// The password of the fixtures.
pub(crate) fn secret() -> Password {
    Password::new("secret")
}
