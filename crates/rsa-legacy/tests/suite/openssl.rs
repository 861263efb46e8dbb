//! OpenSSL verifies what is signed here, and what OpenSSL signed is verified here.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use trustpack_rsa_legacy::{
    GenerateError, LegacyDigest, ModulusBits, PssDigest, SignError, WrongSignature, generate, sign,
    verify, verify_pss, verify_sha384,
};

const MESSAGE: &[u8] = b"what is signed";

/// A folder with a message, a key and its public half.
struct Bench {
    folder: TempDir,
    private: Vec<u8>,
    public: Vec<u8>,
}

impl Bench {
    fn new() -> Self {
        Self::of_bits(2048)
    }

    fn of_bits(bits: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let bits = format!("rsa_keygen_bits:{bits}");
        openssl(
            ["genpkey", "-algorithm", "RSA", "-pkeyopt", &bits, "-out"],
            [at("key.pem").as_path()],
        );
        let pem = at("key.pem");
        openssl(
            ["rsa", "-traditional", "-outform", "DER", "-in"],
            [&pem, Path::new("-out"), &at("key.der")],
        );
        openssl(
            ["rsa", "-RSAPublicKey_out", "-outform", "DER", "-in"],
            [&pem, Path::new("-out"), &at("public.der")],
        );
        std::fs::write(at("message"), MESSAGE).unwrap();
        Self {
            private: std::fs::read(at("key.der")).unwrap(),
            public: std::fs::read(at("public.der")).unwrap(),
            folder,
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

#[track_caller]
fn openssl<'a>(args: impl IntoIterator<Item = &'a str>, paths: impl IntoIterator<Item = &'a Path>) {
    let output = Command::new("openssl")
        .args(args)
        .args(paths.into_iter().map(AsRef::<OsStr>::as_ref))
        .output()
        .expect("this test needs the Debian package openssl");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl failed: {said}");
}

#[test]
fn both_verify_what_the_other_signed() {
    let bench = Bench::new();
    for (digest, option) in [
        (LegacyDigest::Sha1, "-sha1"),
        (LegacyDigest::Sha224, "-sha224"),
    ] {
        let ours = sign(&bench.private, digest, MESSAGE).unwrap();
        std::fs::write(bench.at("ours"), &ours).unwrap();
        openssl(
            ["dgst", option, "-prverify"],
            [
                &bench.at("key.pem"),
                Path::new("-signature"),
                &bench.at("ours"),
                &bench.at("message"),
            ],
        );
        openssl(
            ["dgst", option, "-sign"],
            [
                &bench.at("key.pem"),
                Path::new("-out"),
                &bench.at("theirs"),
                &bench.at("message"),
            ],
        );
        let theirs = std::fs::read(bench.at("theirs")).unwrap();
        assert_eq!(verify(&bench.public, digest, MESSAGE, &theirs), Ok(()));
        assert_eq!(theirs, ours, "PKCS #1 v1.5 has no randomness");
    }
}

#[test]
fn a_signature_of_anything_else_is_wrong() {
    let bench = Bench::new();
    let signature = sign(&bench.private, LegacyDigest::Sha1, MESSAGE).unwrap();
    let check = |key: &[u8], digest, message: &[u8], signature: &[u8]| {
        assert_eq!(verify(key, digest, message, signature), Err(WrongSignature));
    };
    check(&bench.public, LegacyDigest::Sha224, MESSAGE, &signature);
    check(
        &bench.public,
        LegacyDigest::Sha1,
        b"another message",
        &signature,
    );
    check(&bench.public, LegacyDigest::Sha1, MESSAGE, &signature[1..]);
    check(&bench.public, LegacyDigest::Sha1, MESSAGE, &[]);
    check(
        &bench.public[..bench.public.len() - 1],
        LegacyDigest::Sha1,
        MESSAGE,
        &signature,
    );
    check(&[], LegacyDigest::Sha1, MESSAGE, &signature);
    for at in [0, 100, 255] {
        let mut spoilt = signature.clone();
        spoilt[at] ^= 1;
        check(&bench.public, LegacyDigest::Sha1, MESSAGE, &spoilt);
    }
}

#[test]
fn a_damaged_key_does_not_sign() {
    let bench = Bench::new();
    for length in [0, 1, 100, bench.private.len() - 1] {
        assert_eq!(
            sign(&bench.private[..length], LegacyDigest::Sha1, MESSAGE),
            Err(SignError::Key)
        );
    }
    // The last octet belongs to the coefficient: the numbers no longer fit each other.
    let mut inconsistent = bench.private;
    *inconsistent.last_mut().unwrap() ^= 1;
    assert_eq!(
        sign(&inconsistent, LegacyDigest::Sha1, MESSAGE),
        Err(SignError::Key)
    );
}

#[test]
fn makes_keys_of_unusual_sizes() -> Result<(), GenerateError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.der");
    for bits in [2048, 2176, 2560] {
        let key = generate(ModulusBits::new(bits).unwrap())?;
        std::fs::write(&path, &*key).unwrap();
        let output = Command::new("openssl")
            .args(["rsa", "-inform", "DER", "-check", "-noout", "-text", "-in"])
            .arg(&path)
            .output()
            .expect("this test needs the Debian package openssl");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            said.contains(&format!("Private-Key: ({bits} bit, 2 primes)")),
            "{said}"
        );
        assert!(said.contains("publicExponent: 65537"), "{said}");
        assert!(said.contains("RSA key ok"), "{said}");
        sign(&key, LegacyDigest::Sha224, MESSAGE).unwrap();
    }
    Ok(())
}

#[test]
fn signatures_with_pss_of_small_keys() {
    for (bits, digest, option) in [
        (1024, PssDigest::Sha256, "-sha256"),
        (1024, PssDigest::Sha384, "-sha384"),
        (1536, PssDigest::Sha512, "-sha512"),
    ] {
        let bench = Bench::of_bits(bits);
        let salt = "rsa_pss_saltlen:digest";
        let words = ["dgst", option, "-sigopt", "rsa_padding_mode:pss", "-sigopt"];
        openssl(
            words.into_iter().chain([salt, "-sign"]),
            [
                &bench.at("key.pem"),
                Path::new("-out"),
                &bench.at("theirs"),
                &bench.at("message"),
            ],
        );
        openssl(
            ["dgst", option, "-binary", "-out"],
            [bench.at("hash").as_path(), &bench.at("message")],
        );
        let signature = std::fs::read(bench.at("theirs")).unwrap();
        let mut hash = std::fs::read(bench.at("hash")).unwrap();
        let check = |hash: &[u8]| verify_pss(&bench.public, digest, hash, &signature);
        assert_eq!(check(&hash), Ok(()), "{bits} {option}");
        assert_eq!(check(&hash[1..]), Err(WrongSignature), "{option}");
        hash[0] ^= 1;
        assert_eq!(check(&hash), Err(WrongSignature), "{option}");
        let other = [PssDigest::Sha256, PssDigest::Sha512];
        let other = other.into_iter().find(|other| *other != digest).unwrap();
        let mixed = verify_pss(&bench.public, other, &hash, &signature);
        assert_eq!(mixed, Err(WrongSignature), "{option}");
        assert_eq!(
            verify_pss(b"no key", digest, &hash, &signature),
            Err(WrongSignature)
        );
    }
}

#[test]
fn signatures_over_sha384_of_a_small_key() {
    let bench = Bench::of_bits(1024);
    openssl(
        ["dgst", "-sha384", "-sign"],
        [
            &bench.at("key.pem"),
            Path::new("-out"),
            &bench.at("theirs"),
            &bench.at("message"),
        ],
    );
    openssl(
        ["dgst", "-sha384", "-binary", "-out"],
        [bench.at("hash").as_path(), &bench.at("message")],
    );
    let signature = std::fs::read(bench.at("theirs")).unwrap();
    let mut hash = std::fs::read(bench.at("hash")).unwrap();
    let check = |hash: &[u8], signature: &[u8]| verify_sha384(&bench.public, hash, signature);
    assert_eq!(check(&hash, &signature), Ok(()));
    assert_eq!(check(&hash[1..], &signature), Err(WrongSignature));
    assert_eq!(check(&hash, &signature[1..]), Err(WrongSignature));
    assert_eq!(
        verify_sha384(b"no key", &hash, &signature),
        Err(WrongSignature)
    );
    hash[0] ^= 1;
    assert_eq!(check(&hash, &signature), Err(WrongSignature));
}
