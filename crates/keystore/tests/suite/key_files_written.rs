//! Key files that are written are read by OpenSSL, GnuTLS and Java.

use trustpack_keystore::key_file::{self, KeyFormat, OldCipher, Pkcs8Encryption, WriteKeyError};
use trustpack_keystore::password::Password;
use trustpack_keystore::pem;
use trustpack_keystore::pem::stored_key::{Encoding, KeyForm};
use trustpack_keystore::private_key::PrivateKey;

use crate::fixtures;
use crate::foreign::{Openssl, run};
use crate::key_files::Workshop;

/// The keys that are tried, and whether they are RSA, on a curve, or neither.
const KEYS: [(&str, Kind); 5] = [
    ("rsa_pkcs8.pem", Kind::Rsa),
    ("p256_pkcs8.pem", Kind::Curve),
    ("p384_pkcs8.pem", Kind::Curve),
    ("p521_pkcs8.pem", Kind::Curve),
    ("ed25519_pkcs8.pem", Kind::Neither),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    Curve,
    Neither,
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
