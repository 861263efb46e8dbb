//! PKCS#12 files of other programs and our own, and what is said of those that cannot be read.

use trustpack_keystore::password::Password;
use trustpack_keystore::pkcs12::{self, Encryption, ReadPkcs12Error, WritePkcs12Error};
use trustpack_x509::certificate::Certificate;

use crate::fixtures;

#[track_caller]
fn check(file: &[u8], password: &str, key: Option<&str>, certificates: &[&str]) {
    let got = pkcs12::read(file, &Password::new(password)).unwrap();
    let want = key.map(fixtures::key);
    assert_eq!(
        got.key.as_ref().map(|key| key.expose_pkcs8_der()),
        want.as_ref().map(|key| key.expose_pkcs8_der())
    );
    let want: Vec<Certificate> = certificates
        .iter()
        .map(|name| fixtures::certificate(name))
        .collect();
    assert_eq!(got.certificates, want);
}

#[track_caller]
fn check_refused(file: &[u8], password: &str, want: &str) {
    let error = pkcs12::read(file, &Password::new(password)).unwrap_err();
    assert_eq!(error.to_string(), want);
}

const CHAIN: [&str; 2] = ["rsa_cert.pem", "ca_cert.pem"];
const WRONG: &str = "the password does not open the PKCS#12 file, or the file was changed";

#[test]
fn reads_files_of_other_programs() {
    for name in [
        "openssl_modern.pfx",
        "openssl_rc2_40.pfx",
        "openssl_rc2_128.pfx",
        "openssl_nomac.pfx",
        "openssl_plain.pfx",
    ] {
        check(
            &fixtures::bytes(name),
            "secret",
            Some("rsa_pkcs8.pem"),
            &CHAIN,
        );
    }
    check(
        &fixtures::bytes("openssl_empty.pfx"),
        "",
        Some("rsa_pkcs8.pem"),
        &CHAIN,
    );
    check(
        &fixtures::bytes("keytool.pfx"),
        "secret",
        Some("rsa_pkcs8.pem"),
        &["rsa_cert.pem", "ca_cert.pem", "other_cert.pem"],
    );
}

#[test]
fn says_that_the_password_is_wrong() {
    for name in [
        "openssl_modern.pfx",
        "openssl_rc2_40.pfx",
        "openssl_nomac.pfx",
        "keytool.pfx",
    ] {
        for password in ["", "Secret"] {
            check_refused(&fixtures::bytes(name), password, WRONG);
        }
    }
}

#[test]
fn notices_a_change() {
    let mut file = fixtures::bytes("openssl_plain.pfx");
    let middle = file.len() / 2;
    file[middle] ^= 1;
    check_refused(&file, "secret", WRONG);
}

#[test]
fn says_what_a_file_is_instead() {
    check_refused(b"", "", "not a PKCS#12 file: it is no DER");
    check_refused(
        &fixtures::bytes("ca_cert.pem"),
        "",
        "not a PKCS#12 file: it is no DER",
    );
    check_refused(
        &fixtures::bytes("ca_cert.der"),
        "",
        "not a PKCS#12 file: it is a certificate",
    );
    let file = fixtures::bytes("openssl_modern.pfx");
    assert!(matches!(
        pkcs12::read(&file[..file.len() - 1], &fixtures::secret()).unwrap_err(),
        ReadPkcs12Error::Malformed { .. }
    ));
}

#[test]
fn reads_what_it_writes() {
    let key = fixtures::key("rsa_pkcs8.pem");
    let chain = CHAIN.map(fixtures::certificate);
    for encryption in [Encryption::Modern, Encryption::Legacy] {
        for password in ["", "secret", "pässwörd€", "\u{1f511}"] {
            let file = pkcs12::write_key_store(&key, &chain, &Password::new(password), encryption)
                .unwrap();
            check(&file, password, Some("rsa_pkcs8.pem"), &CHAIN);
            check_refused(&file, "another", WRONG);
        }
    }
}

#[test]
fn writes_a_key_only_with_its_certificate() {
    let key = fixtures::key("rsa_pkcs8.pem");
    let write = |chain: &[Certificate]| {
        pkcs12::write_key_store(&key, chain, &Password::empty(), Encryption::Modern).unwrap_err()
    };
    assert_eq!(write(&[]), WritePkcs12Error::NoCertificate);
    let error = write(&[fixtures::certificate("ca_cert.pem")]);
    assert!(
        matches!(error, WritePkcs12Error::KeyDoesNotMatch { .. }),
        "{error}"
    );
}

#[test]
fn a_trust_store_has_no_key_and_no_password() {
    let certificates = ["ca_cert.pem", "other_cert.pem", "ca_cert.pem"];
    let file = pkcs12::write_trust_store(&certificates.map(fixtures::certificate)).unwrap();
    check(&file, "", None, &certificates);
    check_refused(&file, "secret", WRONG);
    let again = pkcs12::write_trust_store(&certificates.map(fixtures::certificate)).unwrap();
    assert_eq!(file, again, "the same certificates give the same bytes");
    assert_eq!(
        pkcs12::write_trust_store(&[]),
        Err(WritePkcs12Error::NoCertificate)
    );
}
