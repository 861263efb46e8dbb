//! Key files of OpenSSL in every form and cipher are read; ours are read by OpenSSL, GnuTLS and Java.

use std::path::PathBuf;

use tempfile::TempDir;
use trustpack_keystore::key_file::{self, KeyFormat, OldCipher, Pkcs8Encryption, WriteKeyError};
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::stored_key::{Encoding, KeyForm};
use trustpack_keystore::pem::{self, ReadKeyError};
use trustpack_keystore::private_key::PrivateKey;

use crate::fixtures;
use crate::foreign::{Openssl, run};

/// The keys that are tried, and whether they are RSA, on a curve, or neither.
const KEYS: [(&str, Kind); 5] = [
    ("rsa_pkcs8.pem", Kind::Rsa),
    ("p256_pkcs8.pem", Kind::Curve),
    ("p384_pkcs8.pem", Kind::Curve),
    ("p521_pkcs8.pem", Kind::Curve),
    ("ed25519_pkcs8.pem", Kind::Neither),
];

const LEGACY: [&str; 4] = ["-provider", "legacy", "-provider", "default"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    Curve,
    Neither,
}

/// A folder in which OpenSSL makes one file after the other.
struct Workshop(TempDir);

impl Workshop {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The file that OpenSSL makes of a fixture.
    #[track_caller]
    fn openssl(&self, command: &str, key: &str, options: &[&str]) -> Vec<u8> {
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

    fn write(&self, name: &str, contents: &[u8]) -> String {
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

/// Every format that a key has, each with the password `secret`.
fn formats(kind: Kind, secret: &Password) -> Vec<(KeyFormat<'_>, KeyForm)> {
    let mut formats = vec![
        (KeyFormat::Pkcs8, KeyForm::Pkcs8),
        (
            KeyFormat::EncryptedPkcs8(Pkcs8Encryption::Modern, secret),
            KeyForm::Pkcs8,
        ),
        (
            KeyFormat::EncryptedPkcs8(Pkcs8Encryption::Legacy, secret),
            KeyForm::Pkcs8,
        ),
    ];
    match kind {
        Kind::Rsa => formats.extend([
            (KeyFormat::Pkcs1, KeyForm::Pkcs1),
            (
                KeyFormat::EncryptedPkcs1(OldCipher::TripleDes, secret),
                KeyForm::Pkcs1,
            ),
            (
                KeyFormat::EncryptedPkcs1(OldCipher::Aes256, secret),
                KeyForm::Pkcs1,
            ),
        ]),
        Kind::Curve => formats.extend([
            (KeyFormat::Sec1, KeyForm::Sec1),
            (
                KeyFormat::EncryptedSec1(OldCipher::TripleDes, secret),
                KeyForm::Sec1,
            ),
            (
                KeyFormat::EncryptedSec1(OldCipher::Aes256, secret),
                KeyForm::Sec1,
            ),
        ]),
        Kind::Neither => {}
    }
    formats
}

fn is_traditional(format: KeyFormat<'_>) -> bool {
    matches!(
        format,
        KeyFormat::EncryptedPkcs1(..) | KeyFormat::EncryptedSec1(..)
    )
}

#[test]
fn openssl_and_gnutls_read_what_is_written() {
    let workshop = Workshop::new();
    let secret = fixtures::secret();
    for (name, kind) in KEYS {
        let key = fixtures::key(name);
        let want = workshop.openssl("pkey", name, &["-pubout"]);
        for (format, form) in formats(kind, &secret) {
            for encoding in [Encoding::Pem, Encoding::Der] {
                if encoding == Encoding::Der && is_traditional(format) {
                    let refused = key_file::write(&key, format, encoding).unwrap_err();
                    assert_eq!(refused, WriteKeyError::TraditionalInDer);
                    continue;
                }
                let file = key_file::write(&key, format, encoding).unwrap();
                let stored = pem::find_private_key(&file).unwrap();
                assert_eq!((stored.form(), stored.encoding()), (form, encoding));
                let file = workshop.write("file", &file);
                let public = workshop.at("public");
                let public = public.to_str().unwrap();
                Openssl::run([
                    "pkey",
                    "-in",
                    &file,
                    "-passin",
                    "pass:secret",
                    "-pubout",
                    "-out",
                    public,
                ]);
                assert_eq!(std::fs::read(public).unwrap(), want, "{name} {format:?}");
                let mut args = vec![
                    "--pubkey-info",
                    "--load-privkey",
                    &file,
                    "--password",
                    "secret",
                ];
                args.extend((encoding == Encoding::Der).then_some("--inder"));
                run("certtool", args).says(std::str::from_utf8(&want).unwrap());
            }
        }
    }
}

/// Reads pairs of a file and the name of its algorithm; encrypted files with the password `secret`.
const READ_JAVA: &[u8] = br#"
import java.nio.file.*; import java.security.*; import java.security.spec.*; import javax.crypto.*;
import javax.crypto.spec.*;
public class Read {
  public static void main(String[] args) throws Exception {
    for (int i = 0; i < args.length; i += 2) {
      byte[] der = Files.readAllBytes(Path.of(args[i]));
      if (args[i].endsWith("encrypted")) {
        EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
        String name = info.getAlgName().equals("PBES2") ? info.getAlgParameters().toString() : info.getAlgName();
        PBEKeySpec password = new PBEKeySpec("secret".toCharArray());
        Cipher cipher = Cipher.getInstance(name);
        SecretKey key = SecretKeyFactory.getInstance(name).generateSecret(password);
        cipher.init(Cipher.DECRYPT_MODE, key, info.getAlgParameters());
        der = info.getKeySpec(cipher).getEncoded();
      }
      KeyFactory.getInstance(args[i + 1]).generatePrivate(new PKCS8EncodedKeySpec(der));
    }
    System.out.println("read " + args.length / 2);
  }
}
"#;

#[test]
fn java_reads_pkcs8() {
    let workshop = Workshop::new();
    let mut args = vec![workshop.write("Read.java", READ_JAVA)];
    let secret = fixtures::secret();
    for (name, algorithm) in [
        ("rsa_pkcs8.pem", "RSA"),
        ("p384_pkcs8.pem", "EC"),
        ("ed25519_pkcs8.pem", "Ed25519"),
    ] {
        let key = fixtures::key(name);
        let encrypted = |how| KeyFormat::EncryptedPkcs8(how, &secret);
        for (format, ending) in [
            (KeyFormat::Pkcs8, "plain"),
            (encrypted(Pkcs8Encryption::Modern), "modern.encrypted"),
            (encrypted(Pkcs8Encryption::Legacy), "legacy.encrypted"),
        ] {
            let file = key_file::write(&key, format, Encoding::Der).unwrap();
            args.push(workshop.write(&format!("{algorithm}.{ending}"), &file));
            args.push(algorithm.to_owned());
        }
    }
    run("java", args).says("read 9");
}

#[test]
fn refuses_a_form_that_the_key_does_not_have() {
    let secret = fixtures::secret();
    let refused = |name: &str, format| {
        let key: PrivateKey = fixtures::key(name);
        key_file::write(&key, format, Encoding::Pem)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refused("p256_pkcs8.pem", KeyFormat::Pkcs1),
        "the private key is EC P-256; only RSA keys have the form PKCS#1"
    );
    assert_eq!(
        refused(
            "ed25519_pkcs8.pem",
            KeyFormat::EncryptedPkcs1(OldCipher::Aes256, &secret)
        ),
        "the private key is Ed25519; only RSA keys have the form PKCS#1"
    );
    assert_eq!(
        refused("rsa_pkcs8.pem", KeyFormat::Sec1),
        "the private key is RSA 2048 bits; only keys on P-256, P-384 and P-521 have the form SEC 1"
    );
    let empty = Password::empty();
    assert_eq!(
        refused(
            "rsa_pkcs8.pem",
            KeyFormat::EncryptedPkcs8(Pkcs8Encryption::Modern, &empty)
        ),
        "the password is empty; a private key is encrypted with a password or not at all"
    );
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
