//! Signatures, verified by another implementation than the one that made them.

use trustpack_keystore::private_key::SignError;
use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};

use crate::fixtures;
use crate::foreign::Openssl;

const MESSAGE: &[u8] = b"what is signed";

#[track_caller]
fn check(key: &str, digest: Digest) {
    let folder = tempfile::tempdir().unwrap();
    let signing = fixtures::key(key);
    let algorithm = signing.signature_algorithm(digest);
    let signature = signing.sign(&algorithm, MESSAGE).unwrap();
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
        SignatureAlgorithm::RsaPkcs1(digest)
    );
    assert_eq!(
        ec.signature_algorithm(digest),
        SignatureAlgorithm::Ecdsa(digest)
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
        assert_eq!(fixtures::key(key).signature_algorithm(None), want);
    }
}

#[test]
fn ed25519_has_its_own_digest() {
    let key = fixtures::key("ed25519_pkcs8.pem");
    let folder = tempfile::tempdir().unwrap();
    let (message, signature) = (folder.path().join("m"), folder.path().join("s"));
    std::fs::write(&message, MESSAGE).unwrap();
    std::fs::write(
        &signature,
        key.sign(&SignatureAlgorithm::Ed25519, MESSAGE).unwrap(),
    )
    .unwrap();
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

    assert_eq!(
        key.signature_algorithm(Digest::Sha512),
        SignatureAlgorithm::Ed25519
    );
}

#[test]
fn an_algorithm_of_another_kind_of_key_is_refused() {
    let pss = SignatureAlgorithm::RsaPss(Digest::Sha256);
    let algorithms = [
        SignatureAlgorithm::RsaPkcs1(Digest::Sha256),
        SignatureAlgorithm::Ecdsa(Digest::Sha256),
        SignatureAlgorithm::Ed25519,
        pss,
    ];
    for (key, own) in [
        ("rsa_pkcs8.pem", 0),
        ("p256_pkcs8.pem", 1),
        ("ed25519_pkcs8.pem", 2),
    ] {
        let key = fixtures::key(key);
        for (index, algorithm) in algorithms.iter().enumerate() {
            let refused = SignError::Algorithm {
                algorithm: algorithm.clone(),
                key: key.public_key().algorithm().clone(),
            };
            let signed = key.sign(algorithm, MESSAGE).map(|_| ());
            let want = if index == own { Ok(()) } else { Err(refused) };
            assert_eq!(signed, want, "{key:?} with {algorithm}");
        }
    }
    let refused = fixtures::key("ed25519_pkcs8.pem").sign(&algorithms[1], MESSAGE);
    assert_eq!(
        refused.map_err(|error| error.to_string()),
        Err(
            "the private key is Ed25519, which makes no signatures of the kind ECDSA with SHA-256"
                .to_owned()
        )
    );
}
