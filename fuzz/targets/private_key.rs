//! Private keys in every form: PKCS#8 plain and encrypted, PKCS#1, SEC 1, traditional encrypted PEM.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::checked;
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::{self, ReadKeyError};

fuzz_target!(|file: &[u8]| {
    let without = pem::read_private_key(file, None);
    // What no password is needed for is read the same way with one.
    let is_locked = matches!(without, Err(ReadKeyError::Encrypted));
    checked(without);
    if is_locked {
        checked(pem::read_private_key(file, Some(&Password::new("secret"))));
    }
});
