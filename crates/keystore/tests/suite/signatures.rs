//! Signatures, verified by another implementation than the one that made them.

use trustpack_keystore::private_key::SignError;
use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};

use crate::fixtures;
use crate::foreign::Openssl;

const MESSAGE: &[u8] = b"what is signed";

#[track_caller]
fn check(key: &str, digest: Digest) {
    let folder = tempfile::tempdir().unwrap();
    let signature = fixtures::key(key).sign(digest, MESSAGE).unwrap();
    let write = |name: &str, contents: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, contents).unwrap();
        path
    };
    let (message, signature) = (write("message", MESSAGE), write("signature", &signature));
    Openssl::run([
        "dgst".as_ref(),
        format!("-{}", digest.name()).as_ref(),
        "-prverify".as_ref(),
        fixtures::path(key).as_os_str(),
        "-signature".as_ref(),
        signature.as_os_str(),
        message.as_os_str(),
    ])
    .says("Verified OK");
}

#[test]
fn openssl_verifies_every_key_with_every_digest() {
    for key in [
        "rsa_pkcs8.pem",
        "p256_pkcs8.pem",
        "p384_pkcs8.pem",
        "p521_pkcs8.pem",
    ] {
        for digest in Digest::ALL {
            check(key, digest);
        }
    }
}

#[test]
fn names_its_algorithm() {
    let (rsa, ec) = (
        fixtures::key("rsa_pkcs8.pem"),
        fixtures::key("p256_pkcs8.pem"),
    );
    let digest = Digest::Sha384;
    assert_eq!(
        rsa.signature_algorithm(digest),
        Ok(SignatureAlgorithm::RsaPkcs1(digest))
    );
    assert_eq!(
        ec.signature_algorithm(digest),
        Ok(SignatureAlgorithm::Ecdsa(digest))
    );
}

#[test]
fn without_a_digest_takes_the_usual_one() {
    for (key, want) in [
        (
            "rsa_pkcs8.pem",
            SignatureAlgorithm::RsaPkcs1(Digest::Sha256),
        ),
        ("p256_pkcs8.pem", SignatureAlgorithm::Ecdsa(Digest::Sha256)),
        ("p384_pkcs8.pem", SignatureAlgorithm::Ecdsa(Digest::Sha384)),
        ("p521_pkcs8.pem", SignatureAlgorithm::Ecdsa(Digest::Sha512)),
        ("ed25519_pkcs8.pem", SignatureAlgorithm::Ed25519),
    ] {
        assert_eq!(fixtures::key(key).signature_algorithm(None), Ok(want));
    }
}

#[test]
fn ed25519_has_its_own_digest() {
    let key = fixtures::key("ed25519_pkcs8.pem");
    let folder = tempfile::tempdir().unwrap();
    let (message, signature) = (folder.path().join("m"), folder.path().join("s"));
    std::fs::write(&message, MESSAGE).unwrap();
    std::fs::write(&signature, key.sign(None, MESSAGE).unwrap()).unwrap();
    Openssl::run([
        "pkeyutl".as_ref(),
        "-verify".as_ref(),
        "-rawin".as_ref(),
        "-inkey".as_ref(),
        fixtures::path("ed25519_pkcs8.pem").as_os_str(),
        "-in".as_ref(),
        message.as_os_str(),
        "-sigfile".as_ref(),
        signature.as_os_str(),
    ])
    .says("Signature Verified Successfully");

    let refused = SignError::DigestOfItsOwn(Digest::Sha512);
    assert_eq!(key.sign(Digest::Sha512, MESSAGE), Err(refused.clone()));
    assert_eq!(
        key.signature_algorithm(Digest::Sha512),
        Err(refused.clone())
    );
    assert_eq!(
        refused.to_string(),
        "an Ed25519 key has a digest of its own; it cannot sign over SHA-512"
    );
}
