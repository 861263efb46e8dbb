//! No input makes a reader panic: every fixture with bytes changed, cut and doubled.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use trustpack_keystore::{pem, pkcs12};

use crate::fixtures;

const FILES: [&str; 16] = [
    "ca_cert.der",
    "ca_cert.pem",
    "openssl_empty.pfx",
    "openssl_nomac.pfx",
    "openssl_plain.pfx",
    "ed25519_pkcs8.pem",
    "p256_explicit.pem",
    "p256_pbes1.pem",
    "p256_pbes2_aes256.der",
    "p256_pbes2_des3.pem",
    "p256_pbes2_scrypt.pem",
    "p256_pkcs12_3des.pem",
    "p256_pkcs8.der",
    "p256_sec1_parameters.pem",
    "rsa_pkcs1.der",
    "rsa_traditional_aes256.pem",
];

fn read(file: &[u8]) {
    let password = fixtures::secret();
    drop(pem::read_certificates(file));
    drop(pem::read_private_key(file, Some(&password)));
    drop(pkcs12::read(file, &password));
    let _holds = pem::holds_private_key(file);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, rng_seed: RngSeed::Fixed(3), ..ProptestConfig::default() })]

    #[test]
    fn changed_files(
        name in prop::sample::select(&FILES),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut file = fixtures::bytes(name);
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        read(&file);
    }

    #[test]
    fn any_bytes(file in prop::collection::vec(any::<u8>(), 0..200)) {
        read(&file);
    }

    #[test]
    fn any_der(inner in prop::collection::vec(any::<u8>(), 0..120)) {
        let length = u8::try_from(inner.len()).unwrap();
        read(&[&[0x30, length], inner.as_slice()].concat());
    }

    #[test]
    fn any_pem(
        label in "(RSA |EC |ENCRYPTED )?PRIVATE KEY|(TRUSTED )?CERTIFICATE",
        body in "[A-Za-z0-9+/=:,\n -]{0,200}",
    ) {
        read(format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n").as_bytes());
    }
}
