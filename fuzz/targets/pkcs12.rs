//! PKCS#12, in BER and DER. Seeds have few iterations; the limit on them is low in a fuzz build.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::{checked, looked_at};
use trustpack_keystore::password::{Password, Passwords};
use trustpack_keystore::pkcs12::{self, ReadPkcs12Error};

fuzz_target!(|file: &[u8]| {
    let password = Password::new("secret");
    let read = pkcs12::read(file, &password);
    let _encryption = pkcs12::encryption_of(file);
    // It asks the same reader, which gives malformed certificates too, and puts chains together of what that has read.
    let is_looked_at = matches!(read, Ok(_) | Err(ReadPkcs12Error::Certificate { .. }));
    let is_read = checked(read).is_some();
    if is_looked_at {
        let looked = looked_at(file, &Passwords::from(password));
        assert!(looked.is_none_or(|contents| !is_read || contents.malformed.is_empty()));
    }
});
