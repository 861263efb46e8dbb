//! Key files that cannot be read are refused by the name of what is in the way.

use trustpack_keystore::pem::{self, ReadKeyError};

use crate::fixtures;
use crate::foreign::Openssl;
use crate::key_files::Workshop;

#[track_caller]
fn check_named(file: &[u8], want: &str) {
    let error = pem::read_private_key(file, Some(&fixtures::secret())).unwrap_err();
    assert_eq!(error.to_string(), want);
}

/// What OpenSSL writes to the file of its option `-out`.
fn made_by(workshop: &Workshop, options: &[&str]) -> Vec<u8> {
    let output = workshop.at("made");
    let out = ["-out", output.to_str().unwrap()];
    Openssl::run(options.iter().copied().chain(out));
    std::fs::read(output).unwrap()
}

#[test]
fn names_the_kinds_of_key_that_it_cannot_use() {
    let workshop = Workshop::new();
    let check = |options: &[&str], name: &str| {
        let want = format!(
            "the private key is of the algorithm {name}; RSA, elliptic curve and Ed25519 keys can be used"
        );
        check_named(&made_by(&workshop, options), &want);
    };
    let parameters = workshop.at("dsa");
    let parameters = parameters.to_str().unwrap();
    Openssl::run(["dsaparam", "-out", parameters, "1024"]);
    check(&["genpkey", "-paramfile", parameters], "DSA");
    for (kind, name) in [("X25519", "X25519"), ("X448", "X448"), ("ED448", "Ed448")] {
        check(&["genpkey", "-algorithm", kind], name);
    }
    check(&["genpkey", "-algorithm", "RSA-PSS"], "RSA for PSS only");
    check_named(
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
        "the private key is in OpenSSH's own form, which `ssh-keygen -p -m PKCS8` turns into PKCS#8; PKCS#8, \
         PKCS#1 and SEC 1 are read",
    );
}

#[test]
fn names_the_curves_that_it_cannot_use() {
    let workshop = Workshop::new();
    for (curve, name) in [
        ("secp256k1", "secp256k1"),
        ("secp224r1", "secp224r1"),
        ("brainpoolP256r1", "brainpoolP256r1"),
        ("prime192v1", "secp192r1"),
    ] {
        let want =
            format!("the private key is on the curve {name}; P-256, P-384 and P-521 can be used");
        let command = ["ecparam", "-name", curve, "-genkey"];
        check_named(&made_by(&workshop, &command), &want);
        check_named(
            &made_by(&workshop, &[&command[..], &["-noout"]].concat()),
            &want,
        );
    }
}

#[test]
fn names_the_ciphers_that_it_cannot_undo() {
    let workshop = Workshop::new();
    let check = |file: &[u8], name: &str| {
        let want = format!(
            "the private key is encrypted with {name}, which is not supported; AES, DES and RC2 by PBES2, PBES1, \
             the schemes of PKCS#12 and the traditional form are"
        );
        check_named(file, &want);
        assert_eq!(
            pem::read_private_key(file, None).unwrap_err().to_string(),
            want
        );
    };
    let secret = ["-passout", "pass:secret"];
    for (cipher, name) in [
        ("camellia-256-cbc", "Camellia-256-CBC"),
        ("aria-128-cbc", "ARIA-128-CBC"),
    ] {
        let options = [&["-v2", cipher], &secret[..]].concat();
        check(
            &workshop.openssl("pkcs8 -topk8", "p256_pkcs8.pem", &options),
            name,
        );
    }
    let options = [&["-camellia128"], &secret[..]].concat();
    let file = workshop.openssl("rsa -traditional", "rsa_pkcs8.pem", &options);
    check(&file, "CAMELLIA-128-CBC");
}

#[test]
fn a_short_vector_of_triple_des_is_named() {
    let workshop = Workshop::new();
    let pem = workshop.write("pem", &fixtures::bytes("p256_pbes2_des3.pem"));
    let der = workshop.at("der");
    Openssl::run([
        "asn1parse",
        "-noout",
        "-in",
        &pem,
        "-out",
        der.to_str().unwrap(),
    ]);
    let mut der = std::fs::read(der).unwrap();
    // The vector follows the object identifier of triple DES: one byte of it becomes an element of its own.
    let oid = [0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x03, 0x07];
    let at = der.windows(10).position(|bytes| bytes == oid).unwrap() + oid.len();
    assert_eq!(der[at..at + 2], [0x04, 8]);
    der[at + 1] = 6;
    der[at + 8..at + 10].copy_from_slice(&[0x05, 0]);
    let error = pem::read_private_key(&der, Some(&fixtures::secret())).unwrap_err();
    assert!(
        matches!(error, ReadKeyError::DamagedEncryption { .. }),
        "{error}"
    );
}

#[test]
fn names_what_was_done_twice_or_labelled_wrongly() {
    let label = |text: String, from: &str, to: &str| text.replace(from, to).into_bytes();
    // The label says another form of key: what is in the block counts.
    for (name, from, to) in [
        ("rsa_pkcs8.pem", " PRIVATE", " RSA PRIVATE"),
        ("rsa_pkcs1.pem", " RSA PRIVATE", " PRIVATE"),
        ("p256_sec1.pem", " EC PRIVATE", " RSA PRIVATE"),
        ("p256_pkcs8.pem", " PRIVATE", " ENCRYPTED PRIVATE"),
    ] {
        let file = label(fixtures::text(name), from, to);
        let key = pem::read_private_key(&file, None).unwrap();
        assert_eq!(key.public_key(), fixtures::key(name).public_key());
    }
    check_named(
        &label(fixtures::text("ca_cert.pem"), "CERTIFICATE", "PRIVATE KEY"),
        "line 1: the PEM block \"PRIVATE KEY\" holds a certificate; its label is wrong",
    );
    let block = fixtures::text("p256_pkcs8.pem");
    let workshop = Workshop::new();
    let inner = workshop.write("inner", block.as_bytes());
    let base64 = workshop.at("base64");
    Openssl::run(["base64", "-in", &inner, "-out", base64.to_str().unwrap()]);
    let base64 = std::fs::read_to_string(base64).unwrap();
    check_named(
        format!("-----BEGIN PRIVATE KEY-----\n{base64}-----END PRIVATE KEY-----\n").as_bytes(),
        "line 1: the PEM block holds PEM again: it was encoded twice",
    );
    let twice = fixtures::text("p256_pbes2_aes256.pem").replacen(
        "KEY-----\n",
        "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,0011223344556677\n\n",
        1,
    );
    check_named(
        twice.as_bytes(),
        "the private key was encrypted twice; take the outer encryption off first",
    );
    for (dek_info, detail) in [
        ("AES-256-CBC,0011", "DEK-Info: \"AES-256-CBC,0011\""),
        (
            "DES-CBC,001122334455667x",
            "DEK-Info: \"DES-CBC,001122334455667x\"",
        ),
        ("", "DEK-Info: \"\""),
    ] {
        let text = fixtures::text("rsa_traditional_aes256.pem");
        let line = text
            .lines()
            .find(|line| line.starts_with("DEK-Info"))
            .unwrap();
        let text = text.replace(line, &format!("DEK-Info: {dek_info}"));
        check_named(
            text.as_bytes(),
            &format!("the encrypted private key is damaged ({detail})"),
        );
    }
}
