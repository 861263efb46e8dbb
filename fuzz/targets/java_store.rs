//! JKS and JCEKS. The digest at the end is put right, so that the reader believes the rest; the first
//! octet says which format, and whether a password is given.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sha1::{Digest, Sha1};
use trustpack_fuzz::looked_at;
use trustpack_keystore::password::{Password, Passwords};

const PASSWORD: &str = "secret";

fuzz_target!(|octets: &[u8]| {
    let Some((kind, body)) = octets.split_first() else {
        return;
    };
    let magic = if kind & 1 == 0 {
        [0xfe, 0xed, 0xfe, 0xed]
    } else {
        [0xce; 4]
    };
    let mut file = [&magic, body].concat();
    if kind & 2 == 0 {
        let mut digest = Sha1::new();
        digest.update(
            PASSWORD
                .encode_utf16()
                .flat_map(u16::to_be_bytes)
                .collect::<Vec<_>>(),
        );
        digest.update(b"Mighty Aphrodite");
        digest.update(&file);
        file.extend(digest.finalize());
    }
    let without = looked_at(&file, &Passwords::none());
    // What is damaged although its digest is right is so with a password too.
    if without.is_some() || kind & 2 != 0 {
        let password = Passwords::from(Password::new(PASSWORD));
        looked_at(&file, &password);
    }
});
