//! Private keys in every form, and what is said of those that cannot be read.

use trustpack_keystore::password::Password;
use trustpack_keystore::pem::{self, ReadKeyError};
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_keystore::private_key::{InvalidPrivateKey, PrivateKey};

use crate::fixtures;

/// The file holds the same key as the fixture `want`, and it is kept in the same bytes.
#[track_caller]
fn check(file: &[u8], password: Option<&str>, want: &str) {
    let password = password.map(Password::new);
    let got = pem::read_private_key(file, password.as_ref()).unwrap();
    assert_eq!(
        got.expose_pkcs8_der(),
        fixtures::key(want).expose_pkcs8_der()
    );
}

#[track_caller]
fn check_refused(file: &[u8], password: Option<&str>, want: &str) {
    let password = password.map(Password::new);
    let error = pem::read_private_key(file, password.as_ref()).unwrap_err();
    assert_eq!(error.to_string(), want);
}

#[test]
fn reads_every_form() {
    for name in [
        "rsa_pkcs8.pem",
        "rsa_pkcs1.pem",
        "rsa_pkcs8.der",
        "rsa_pkcs1.der",
    ] {
        check(&fixtures::bytes(name), None, "rsa_pkcs8.pem");
    }
    for name in [
        "p256_pkcs8.pem",
        "p256_sec1.pem",
        "p256_sec1_parameters.pem",
        "p256_pkcs8.der",
        "p256_sec1.der",
    ] {
        check(&fixtures::bytes(name), None, "p256_pkcs8.pem");
    }
    for name in ["p384_pkcs8.pem", "p521_pkcs8.pem", "ed25519_pkcs8.pem"] {
        check(&fixtures::bytes(name), None, name);
    }
    // Explicit parameters of a curve that has a name.
    assert!(pem::read_private_key(&fixtures::bytes("p256_explicit.pem"), None).is_ok());
}

#[test]
fn keeps_pkcs8_as_openssl_writes_it() {
    for (key, der) in [
        ("rsa_pkcs1.pem", "rsa_pkcs8.der"),
        ("p256_sec1.pem", "p256_pkcs8.der"),
    ] {
        assert_eq!(fixtures::key(key).expose_pkcs8_der(), fixtures::bytes(der));
    }
}

#[test]
fn reads_a_curve_that_only_its_length_tells() {
    // The fixture without its parameters: they are 12 bytes behind the key of 32.
    let der = fixtures::bytes("p256_sec1.der");
    let (start, rest) = der.split_at(7 + 32);
    let mut without = start.to_vec();
    without.extend(&rest[12..]);
    without[1] -= 12;
    check(&without, None, "p256_pkcs8.pem");
}

#[test]
fn reads_encrypted_keys() {
    for name in [
        "p256_pbes2_aes256.pem",
        "p256_pbes2_aes256.der",
        "p256_pbes2_aes128_sha1.pem",
        "p256_pbes2_des3.pem",
        "p256_pbes2_scrypt.pem",
        "p256_pkcs12_3des.pem",
        "p256_pbes1.pem",
        "rsa_traditional_aes256.pem",
    ] {
        let file = fixtures::bytes(name);
        let key = if name.starts_with("rsa") {
            "rsa_pkcs8.pem"
        } else {
            "p256_pkcs8.pem"
        };
        check(&file, Some("secret"), key);
        check_refused(
            &file,
            None,
            "the private key is encrypted; its password is needed",
        );
        for wrong in ["", "Secret", "a long password that is not the one"] {
            check_refused(
                &file,
                Some(wrong),
                "the password does not open the private key",
            );
        }
    }
}

#[test]
fn passes_over_what_surrounds_a_key() {
    let key = fixtures::text("p256_sec1.pem");
    let certificate = fixtures::text("ca_cert.pem");
    for file in [
        key.replace('\n', "\r\n"),
        format!("\u{feff}{key}"),
        key.replace('\n', " \t\n"),
        format!("Bag Attributes\n    friendlyName: host\n{certificate}{key}the end"),
    ] {
        check(file.as_bytes(), None, "p256_pkcs8.pem");
    }
    check(
        key.as_bytes(),
        Some("a password that is not needed"),
        "p256_pkcs8.pem",
    );
}

#[test]
fn says_why_a_file_has_no_usable_key() {
    check_refused(
        b"",
        None,
        "no private key in the file: it holds neither PEM nor DER",
    );
    check_refused(
        &fixtures::bytes("ca_cert.pem"),
        None,
        "no private key in the file: it holds PEM blocks of the kind \"CERTIFICATE\"",
    );
    check_refused(
        &fixtures::bytes("ca_cert.der"),
        None,
        "no private key in the file: it holds a certificate",
    );
    check_refused(
        &fixtures::bytes("openssl_modern.pfx"),
        None,
        "no private key in the file: it holds a PKCS#12 file",
    );
    let two = fixtures::text("p256_sec1.pem") + &fixtures::text("rsa_pkcs8.pem");
    check_refused(
        two.as_bytes(),
        None,
        "2 private keys in the file; there must be one",
    );
    check_refused(
        &vec![b' '; 4 * 1024 * 1024 + 1],
        None,
        "the file has 4194305 bytes; a file with a private key may have 4194304",
    );
}

#[test]
fn says_which_keys_are_not_supported() {
    check_refused(
        &fixtures::bytes("rsa_1024.pem"),
        None,
        "the RSA private key has 1024 bits; keys of 2048 to 8192 bits can be used",
    );
}

#[test]
fn names_a_marker_with_a_wrong_number_of_dashes() {
    let key = fixtures::text("p256_sec1.pem").replace("-----BEGIN", "----BEGIN");
    check_refused(
        key.as_bytes(),
        None,
        "line 1: the PEM marker \"----BEGIN EC PRIVATE KEY-----\" must have five dashes at both \
         ends",
    );
}

#[test]
fn refuses_a_key_that_was_cut_off_or_changed() {
    for name in [
        "rsa_pkcs8.der",
        "rsa_pkcs1.der",
        "p256_pkcs8.der",
        "p256_sec1.der",
    ] {
        let der = fixtures::bytes(name);
        for length in [der.len() - 1, der.len() / 2, 3] {
            assert!(
                pem::read_private_key(&der[..length], None).is_err(),
                "{name} to {length}"
            );
        }
        let longer = [der.as_slice(), &[0]].concat();
        assert!(
            pem::read_private_key(&longer, None).is_err(),
            "{name} with a byte more"
        );
    }
    // The last byte of an RSA key belongs to its coefficient: the parts no longer agree.
    let mut rsa = fixtures::bytes("rsa_pkcs1.der");
    *rsa.last_mut().unwrap() ^= 1;
    assert!(matches!(
        pem::read_private_key(&rsa, None).unwrap_err(),
        ReadKeyError::Invalid(InvalidPrivateKey::Rsa { .. })
    ));
}

#[test]
fn refuses_a_password_that_costs_too_much() {
    // Two bytes of the salt go to the iterations: 2048 become 2^31 - 1.
    let mut costly = fixtures::bytes("p256_pbes2_aes256.der");
    let at = costly
        .windows(4)
        .position(|bytes| bytes == [2, 2, 8, 0])
        .unwrap();
    costly[at - 9] -= 2;
    costly[at - 2..at + 4].copy_from_slice(&[2, 4, 0x7f, 0xff, 0xff, 0xff]);
    let error = pem::read_private_key(&costly, Some(&fixtures::secret())).unwrap_err();
    assert_eq!(error, ReadKeyError::TooCostly);
}

#[test]
fn tells_whether_a_file_has_a_private_key() {
    for name in [
        "rsa_pkcs8.pem",
        "rsa_pkcs1.der",
        "p256_sec1_parameters.pem",
        "p256_pbes2_aes256.pem",
        "p256_pbes2_aes256.der",
        "rsa_traditional_aes256.pem",
        "ed25519_pkcs8.pem",
        "openssl_modern.pfx",
    ] {
        assert!(pem::holds_private_key(&fixtures::bytes(name)), "{name}");
    }
    for name in ["ca_cert.pem", "ca_cert.der", "ca_trusted.pem", "README.md"] {
        assert!(!pem::holds_private_key(&fixtures::bytes(name)), "{name}");
    }
    let damaged = fixtures::text("p256_sec1.pem").replace("-----END", "----END");
    assert!(pem::holds_private_key(damaged.as_bytes()));
}

#[test]
fn writes_what_it_reads() {
    for name in [
        "rsa_pkcs8.pem",
        "p256_pkcs8.pem",
        "p384_pkcs8.pem",
        "p521_pkcs8.pem",
        "ed25519_pkcs8.pem",
    ] {
        let key = fixtures::key(name);
        let plain = pem::private_key_to_pem(&key);
        check(plain.as_bytes(), None, name);
        assert_eq!(*plain, fixtures::text(name), "the form that OpenSSL writes");
        let encrypted = pem::private_key_to_encrypted_pem(&key, &fixtures::secret()).unwrap();
        check(encrypted.as_bytes(), Some("secret"), name);
    }
}

#[test]
fn makes_a_key() {
    for (name, algorithm) in [
        ("rsa-2048", "RSA 2048 bits"),
        ("rsa-2176", "RSA 2176 bits"),
        ("ecdsa-p256", "EC P-256"),
        ("ecdsa-p384", "EC P-384"),
        ("ed25519", "Ed25519"),
    ] {
        let spec: KeySpec = name.parse().unwrap();
        let key = PrivateKey::generate(spec).unwrap();
        let again = PrivateKey::from_pkcs8(key.expose_pkcs8_der()).unwrap();
        assert_eq!(key.public_key(), again.public_key());
        assert_eq!(key.public_key().algorithm().to_string(), algorithm);
    }
}

#[test]
fn debug_shows_no_private_half() {
    let key = fixtures::key("p256_pkcs8.pem");
    let shown = format!("{key:?}");
    assert!(
        shown.starts_with("PrivateKey(.., public half PublicKey(EC P-256, "),
        "{shown}"
    );
}

#[test]
fn knows_its_certificate() {
    let certificate = fixtures::certificate("rsa_cert.pem");
    assert!(fixtures::key("rsa_pkcs8.pem").matches(&certificate));
    assert!(!fixtures::key("p256_pkcs8.pem").matches(&certificate));
}
