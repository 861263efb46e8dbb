//! Key files of OpenSSL in every form and cipher are read.

use std::path::PathBuf;

use tempfile::TempDir;
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::{self, ReadKeyError};

use crate::fixtures;
use crate::foreign::Openssl;

const LEGACY: [&str; 4] = ["-provider", "legacy", "-provider", "default"];

/// A folder in which OpenSSL makes one file after the other.
pub(crate) struct Workshop(TempDir);

impl Workshop {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The file that OpenSSL makes of a fixture.
    #[track_caller]
    pub(crate) fn openssl(&self, command: &str, key: &str, options: &[&str]) -> Vec<u8> {
        let (input, output) = (fixtures::path(key), self.at("made"));
        let files = [
            "-in",
            input.to_str().unwrap(),
            "-out",
            output.to_str().unwrap(),
        ];
        let command = command.split_whitespace();
        Openssl::run(command.chain(files).chain(options.iter().copied()));
        std::fs::read(&output).unwrap()
    }

    pub(crate) fn write(&self, name: &str, contents: &[u8]) -> String {
        let path = self.at(name);
        std::fs::write(&path, contents).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// The file holds the key of the fixture; nothing but its password opens it.
#[track_caller]
fn check_opens(file: &[u8], key: &str) {
    let secret = fixtures::secret();
    let got = pem::read_private_key(file, Some(&secret)).unwrap();
    assert_eq!(got.public_key(), fixtures::key(key).public_key());
    let read = |password: Option<&Password>| pem::read_private_key(file, password).map(|_| ());
    assert_eq!(read(None), Err(ReadKeyError::Encrypted));
    for wrong in ["", "Secret", "secret "] {
        let wrong = Password::new(wrong);
        assert_eq!(read(Some(&wrong)), Err(ReadKeyError::WrongPassword));
    }
}

#[test]
fn reads_pbes2_of_openssl() {
    let workshop = Workshop::new();
    let encrypt = |options: &[&str]| {
        let secret = ["-passout", "pass:secret", "-iter", "100"];
        let options = [options, &secret].concat();
        workshop.openssl("pkcs8 -topk8", "p256_pkcs8.pem", &options)
    };
    for cipher in ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des3"] {
        for hash in ["SHA1", "SHA224", "SHA256", "SHA384", "SHA512"] {
            let prf = format!("hmacWith{hash}");
            check_opens(&encrypt(&["-v2", cipher, "-v2prf", &prf]), "p256_pkcs8.pem");
        }
    }
    for cipher in ["des", "rc2", "rc2-64-cbc", "rc2-40-cbc"] {
        let options = [&["-v2", cipher], &LEGACY[..]].concat();
        check_opens(&encrypt(&options), "p256_pkcs8.pem");
    }
    check_opens(&encrypt(&["-outform", "DER"]), "p256_pkcs8.pem");
    let scrypt = [
        "-scrypt",
        "-scrypt_N",
        "1024",
        "-scrypt_r",
        "4",
        "-scrypt_p",
        "2",
    ];
    check_opens(&encrypt(&scrypt), "p256_pkcs8.pem");
}

#[test]
fn reads_the_older_schemes_of_openssl() {
    let workshop = Workshop::new();
    for scheme in [
        "PBE-MD5-DES",
        "PBE-MD5-RC2-64",
        "PBE-SHA1-DES",
        "PBE-SHA1-RC2-64",
        "PBE-SHA1-RC4-128",
        "PBE-SHA1-RC4-40",
        "PBE-SHA1-3DES",
        "PBE-SHA1-2DES",
        "PBE-SHA1-RC2-128",
        "PBE-SHA1-RC2-40",
    ] {
        let options = [&["-v1", scheme, "-passout", "pass:secret"], &LEGACY[..]].concat();
        let file = workshop.openssl("pkcs8 -topk8", "rsa_pkcs8.pem", &options);
        check_opens(&file, "rsa_pkcs8.pem");
    }
}

#[test]
fn reads_the_traditional_form_of_openssl() {
    let workshop = Workshop::new();
    for cipher in ["-des", "-des3", "-aes128", "-aes192", "-aes256"] {
        let options = [&[cipher, "-passout", "pass:secret"], &LEGACY[..]].concat();
        let rsa = workshop.openssl("rsa -traditional", "rsa_pkcs8.pem", &options);
        check_opens(&rsa, "rsa_pkcs8.pem");
        for curve in ["p256_pkcs8.pem", "p521_pkcs8.pem"] {
            check_opens(&workshop.openssl("ec", curve, &options), curve);
        }
    }
}

#[test]
fn reads_explicit_parameters_of_a_curve_that_has_a_name() {
    let workshop = Workshop::new();
    for curve in ["p256_pkcs8.pem", "p384_pkcs8.pem", "p521_pkcs8.pem"] {
        let want = fixtures::key(curve);
        for command in ["ec -param_enc explicit", "pkey -ec_param_enc explicit"] {
            let file = workshop.openssl(command, curve, &[]);
            let key = pem::read_private_key(&file, None).unwrap();
            assert_eq!(key.expose_pkcs8_der(), want.expose_pkcs8_der(), "{command}");
        }
    }
}

#[test]
fn the_empty_password_opens_without_being_asked_for() {
    let workshop = Workshop::new();
    for scheme in [&["-v2", "aes-256-cbc"][..], &["-v1", "PBE-SHA1-3DES"]] {
        let options = [scheme, &["-passout", "pass:"]].concat();
        let file = workshop.openssl("pkcs8 -topk8", "p256_pkcs8.pem", &options);
        for password in [None, Some(&Password::empty())] {
            assert!(pem::read_private_key(&file, password).is_ok());
        }
    }
}

#[test]
fn says_how_a_key_is_encrypted() {
    for (name, want) in [
        ("rsa_pkcs8.pem", None),
        (
            "p256_pbes2_aes128_sha1.pem",
            Some("PBES2 with PBKDF2 over HMAC-SHA-1, 2048 iterations, and AES-128-CBC"),
        ),
        (
            "p256_pbes2_scrypt.pem",
            Some("PBES2 with scrypt of 16384, 8, 1 and AES-256-CBC"),
        ),
        (
            "p256_pkcs12_3des.pem",
            Some("the PKCS#12 scheme with SHA-1, 2048 iterations, and DES-EDE3-CBC"),
        ),
        (
            "p256_pbes1.pem",
            Some("PBES1 with MD5, 2048 iterations, and DES-CBC"),
        ),
        (
            "rsa_traditional_aes256.pem",
            Some("the traditional form with MD5 and AES-256-CBC"),
        ),
    ] {
        let found = pem::find_private_key(&fixtures::bytes(name)).unwrap();
        assert_eq!(found.encryption().as_deref(), want, "{name}");
        assert_eq!(found.is_encrypted(), want.is_some());
    }
}
