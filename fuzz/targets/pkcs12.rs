//! PKCS#12, in BER and DER. Seeds have few iterations; the limit on them is low in a fuzz build.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::checked;
use trustpack_keystore::password::{Password, Passwords};
use trustpack_keystore::{contents, pkcs12};

fuzz_target!(|file: &[u8]| {
    let password = Password::new("secret");
    let read = checked(pkcs12::read(file, &password));
    let _encryption = pkcs12::encryption_of(file);
    // It asks the same reader, and puts chains together of what that has read.
    if read.is_some() {
        checked(contents::read(file, &Passwords::from(password)));
    }
});
