//! Certificates that other programs made are read, byte for byte.

#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use std::process::Command;

use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::{PublicKey, RsaNumbers};
use trustpack_x509::serial::Serial;

fn openssl(args: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl").args(args).output();
    let output = output.expect("this test needs the program `openssl` (Debian package openssl)");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// A certificate of OpenSSL's with many kinds of names and extensions.
fn foreign() -> Certificate {
    let der = openssl(&[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "/dev/null",
        "-outform",
        "DER",
        "-days",
        "30000",
        "-utf8",
        "-set_serial",
        "0x80ff",
        "-subj",
        "/C=DE/O=Müller/OU=One/OU=Two/CN=host/emailAddress=a@b.example",
        "-addext",
        "subjectAltName=DNS:Host.example,IP:10.0.0.1,IP:::1,email:a@b.example,URI:spiffe://x/y,dirName:dn,otherName:1.2.3.4;UTF8:x",
        "-addext",
        "nameConstraints=critical,permitted;DNS:.example,excluded;IP:10.0.0.0/255.0.0.0",
        "-addext",
        "extendedKeyUsage=serverAuth,clientAuth,1.2.3.4",
        "-addext",
        "keyUsage=critical,digitalSignature,keyCertSign,cRLSign",
        "-addext",
        "1.2.3.5=critical,ASN1:NULL",
        "-config",
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openssl.cnf"),
    ]);
    Certificate::from_der(&der).expect("a certificate that OpenSSL made")
}

#[test]
fn reads_what_openssl_makes() {
    let certificate = foreign();
    assert_eq!(
        certificate.serial(),
        &"80FF".parse::<Serial>().expect("a serial")
    );
    assert_eq!(
        certificate.subject().to_string(),
        "C=DE, O=Müller, OU=One, OU=Two, CN=host, emailAddress=a@b.example"
    );
    assert_eq!(
        certificate.subject().oneline(),
        "/C=DE/O=M\\xC3\\xBCller/OU=One/OU=Two/CN=host/emailAddress=a@b.example"
    );
    let extensions = certificate.extensions();
    let names = extensions.subject_alt_names.clone().unwrap_or_default();
    let shown: Vec<String> = names.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown[..6],
        [
            "DNS:Host.example",
            "IP:10.0.0.1",
            "IP:::1",
            "email:a@b.example",
            "URI:spiffe://x/y",
            "DirName:CN=inner"
        ]
    );
    assert!(shown[6].starts_with("other[0]:#"));
    let constraints = extensions
        .name_constraints
        .clone()
        .expect("name constraints");
    assert_eq!(constraints.permitted[0].to_string(), "DNS:.example");
    assert_eq!(constraints.excluded[0].to_string(), "IP:10.0.0.0/255.0.0.0");
    assert_eq!(extensions.unknown_critical.len(), 1);
    assert!(certificate.validity().not_after.to_string().as_str() > "2100");
    assert_eq!(
        extensions.subject_key_id.as_deref(),
        Some(&certificate.public_key().key_identifier()[..])
    );
}

#[test]
fn no_change_of_an_octet_makes_it_panic() {
    let certificate = foreign();
    let der = certificate.der();
    for position in 0..der.len() {
        for value in [0x00, 0x01, 0x30, 0x7f, 0x80, 0x84, 0xa0, 0xff] {
            let mut changed = der.to_vec();
            changed[position] = value;
            if let Ok(read) = Certificate::from_der(&changed) {
                assert_eq!(read.der(), changed);
                assert!(!format!("{read:?} {:?}", read.extensions()).is_empty());
            }
        }
        assert!(Certificate::from_der(&der[..position]).is_err());
    }
}

#[test]
fn an_rsa_key_of_its_numbers_is_the_key_that_openssl_writes() {
    let der = openssl(&[
        "pkey",
        "-pubin",
        "-in",
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/rsa_public.pem"),
        "-outform",
        "DER",
    ]);
    let key = PublicKey::from_der(&der).expect("a key that OpenSSL wrote");
    let numbers = key.rsa_numbers().expect("the numbers of an RSA key");
    assert_eq!(PublicKey::from_rsa(numbers).expect("the same key"), key);

    let padded: Vec<u8> = [0, 0].iter().chain(numbers.modulus).copied().collect();
    let padded = RsaNumbers {
        modulus: &padded,
        ..numbers
    };
    assert_eq!(PublicKey::from_rsa(padded).expect("the same key"), key);
}
