//! Names and public keys by themselves; the first octet says which.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::{check_text, checked};
use trustpack_x509::name::Name;
use trustpack_x509::public_key::PublicKey;

fuzz_target!(|octets: &[u8]| {
    match octets.split_first() {
        Some((0, der)) => {
            if let Some(key) = checked(PublicKey::from_der(der)) {
                let _all = (
                    key.rsa_numbers().is_some(),
                    key.key_identifier(),
                    key.fingerprint(),
                );
                let _shown = format!("{key:?} {}", key.algorithm());
            }
        }
        Some((_, der)) => {
            if let Some(name) = checked(Name::from_der(der)) {
                assert_eq!(name.der(), der);
                for text in [name.to_string(), name.oneline()] {
                    assert!(
                        text.is_empty() || {
                            // As long as the name is; a message would cut it.
                            text.as_bytes().chunks(4000).for_each(|part| {
                                check_text(&String::from_utf8_lossy(part));
                            });
                            true
                        }
                    );
                }
                let _names = (name.common_name(), name.email_addresses().count());
            }
        }
        None => {}
    }
});
