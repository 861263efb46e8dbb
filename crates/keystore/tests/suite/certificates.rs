//! Certificates in PEM and DER, and what is said of files without one.

use std::error::Error;

use trustpack_keystore::pem;

use crate::fixtures;

#[track_caller]
fn check(file: &[u8], want: &[&str]) {
    let got = pem::read_certificates(file).unwrap();
    let got: Vec<&[u8]> = got.iter().map(|certificate| certificate.der()).collect();
    let want: Vec<_> = want
        .iter()
        .map(|name| fixtures::certificate(name))
        .collect();
    let want: Vec<&[u8]> = want.iter().map(|certificate| certificate.der()).collect();
    assert_eq!(got, want);
}

#[track_caller]
fn check_refused(file: &[u8], want: &str) {
    let error = pem::read_certificates(file).unwrap_err();
    assert_eq!(error.to_string(), want);
}

#[test]
fn reads_certificates_in_their_order() {
    let (rsa, ca) = (
        fixtures::text("rsa_cert.pem"),
        fixtures::text("ca_cert.pem"),
    );
    let key = fixtures::text("rsa_pkcs8.pem");
    check(ca.as_bytes(), &["ca_cert.pem"]);
    check(&fixtures::bytes("ca_cert.der"), &["ca_cert.pem"]);
    check(
        format!("{rsa}{ca}").as_bytes(),
        &["rsa_cert.pem", "ca_cert.pem"],
    );
    check(
        format!("{ca}{key}text\n{rsa}").as_bytes(),
        &["ca_cert.pem", "rsa_cert.pem"],
    );
    check(
        format!("\u{feff}{ca}").replace('\n', "\r\n").as_bytes(),
        &["ca_cert.pem"],
    );
    check(
        ca.replace("CERTIFICATE", "X509 CERTIFICATE").as_bytes(),
        &["ca_cert.pem"],
    );
}

#[test]
fn says_why_a_file_has_no_certificate() {
    check_refused(
        b"",
        "no certificate in the file: it holds neither PEM nor DER",
    );
    check_refused(
        &fixtures::bytes("p256_sec1_parameters.pem"),
        "no certificate in the file: it holds PEM blocks of the kind \"EC PARAMETERS\", \
         \"EC PRIVATE KEY\"",
    );
    check_refused(
        &fixtures::bytes("openssl_modern.pfx"),
        "no certificate in the file: it holds a PKCS#12 file",
    );
    check_refused(
        &fixtures::bytes("ca_trusted.pem"),
        "line 1: a TRUSTED CERTIFICATE block is OpenSSL's own form; `openssl x509` converts it to \
         CERTIFICATE",
    );
    check_refused(
        fixtures::text("ca_cert.pem")
            .replace("CERTIFICATE-----", "CERTIFICATE----")
            .as_bytes(),
        "line 1: the PEM marker \"-----BEGIN CERTIFICATE----\" must have five dashes at both ends",
    );
}

#[test]
fn names_the_certificate_that_cannot_be_read() {
    let file = fixtures::text("ca_cert.pem")
        + "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let line = fixtures::text("ca_cert.pem").lines().count() + 1;
    check_refused(
        file.as_bytes(),
        &format!("line {line}: certificate 2 of the file cannot be read"),
    );
    let error = pem::read_certificates(file.as_bytes()).unwrap_err();
    assert!(error.source().is_some());
    let der = fixtures::bytes("ca_cert.der");
    check_refused(&der[..der.len() - 1], "the DER certificate cannot be read");
}

#[test]
fn limits_size_and_number() {
    check_refused(
        &vec![b' '; 32 * 1024 * 1024 + 1],
        "the file has 33554433 bytes; a file of certificates may have 33554432",
    );
    let many = fixtures::text("ca_cert.pem").repeat(10_001);
    check_refused(many.as_bytes(), "the file has more than 10000 certificates");
}

#[test]
fn writes_what_it_reads() {
    let names = ["rsa_cert.pem", "ca_cert.pem"];
    let written = pem::certificates_to_pem(&names.map(fixtures::certificate));
    assert_eq!(
        written,
        names.map(fixtures::text).concat(),
        "the form that OpenSSL writes"
    );
    check(written.as_bytes(), &names);
}
