//! Files of certificates: PEM with anything around the blocks, or DER.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::checked;
use trustpack_keystore::pem;

fuzz_target!(|file: &[u8]| {
    let _key = pem::holds_private_key(file);
    if let Some(certificates) = checked(pem::read_certificates(file)) {
        let text = pem::certificates_to_pem(&certificates);
        assert_eq!(
            pem::read_certificates(text.as_bytes()).as_ref(),
            Ok(&certificates)
        );
    }
});
