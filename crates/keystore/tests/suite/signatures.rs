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
    for key in ["rsa_pkcs8.pem", "p256_pkcs8.pem", "p384_pkcs8.pem"] {
        for digest in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
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
fn refuses_broken_digests() {
    for key in ["rsa_pkcs8.pem", "p256_pkcs8.pem"] {
        for digest in [Digest::Sha1, Digest::Sha224] {
            let key = fixtures::key(key);
            assert_eq!(key.sign(digest, MESSAGE), Err(SignError::Digest(digest)));
            assert_eq!(
                key.signature_algorithm(digest),
                Err(SignError::Digest(digest))
            );
        }
    }
    assert_eq!(
        SignError::Digest(Digest::Sha1).to_string(),
        "no signature is made over SHA-1; SHA-256, SHA-384 and SHA-512 are possible"
    );
}
