//! OpenSSL and Java open what is written here.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use trustpack_keystore::password::Password;
use trustpack_keystore::pem;
use trustpack_keystore::pkcs12::{self, Encryption};

use crate::fixtures;

/// What a foreign program printed.
pub(crate) struct Output {
    text: String,
}

impl Output {
    #[track_caller]
    pub(crate) fn says(&self, what: &str) {
        assert!(self.text.contains(what), "no {what:?} in:\n{}", self.text);
    }
}

#[track_caller]
pub(crate) fn run<A: AsRef<OsStr>>(program: &str, args: impl IntoIterator<Item = A>) -> Output {
    let output = Command::new(program)
        .args(args)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("this test needs the program {program}: {error}"));
    let text = [output.stdout, output.stderr]
        .map(|text| String::from_utf8(text).unwrap())
        .concat();
    assert!(output.status.success(), "{program} failed: {text}");
    Output { text }
}

pub(crate) struct Openssl;

impl Openssl {
    #[track_caller]
    pub(crate) fn run<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Output {
        run("openssl", args)
    }
}

/// A file that a foreign program is to open.
struct Written {
    path: PathBuf,
    _folder: TempDir,
}

impl Written {
    fn new(contents: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, contents).unwrap();
        Self {
            path,
            _folder: folder,
        }
    }

    fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }
}

#[test]
fn openssl_reads_our_keys() {
    for name in ["rsa_pkcs8.pem", "p256_pkcs8.pem"] {
        let key = fixtures::key(name);
        let plain = Written::new(pem::private_key_to_pem(&key).as_bytes());
        let encrypted = pem::private_key_to_encrypted_pem(&key, &Password::new("a b€")).unwrap();
        let encrypted = Written::new(encrypted);
        for (file, password) in [(&plain, "pass:"), (&encrypted, "pass:a b€")] {
            Openssl::run([
                "pkey",
                "-in",
                file.path(),
                "-passin",
                password,
                "-check",
                "-noout",
            ])
            .says("Key is valid");
        }
    }
}

#[test]
fn openssl_reads_our_key_stores() {
    let key = fixtures::key("rsa_pkcs8.pem");
    let chain = ["rsa_cert.pem", "ca_cert.pem"].map(fixtures::certificate);
    for (encryption, said) in [
        (
            Encryption::Modern,
            ["MAC: sha256", "PBES2, PBKDF2, AES-256-CBC"],
        ),
        (
            Encryption::Legacy,
            ["MAC: sha1", "pbeWithSHA1And3-KeyTripleDES-CBC"],
        ),
    ] {
        for (password, iterations) in [("", "Iteration 1\n"), ("secret€", "Iteration 100000\n")] {
            let file = pkcs12::write_key_store(&key, &chain, &Password::new(password), encryption)
                .unwrap();
            let file = Written::new(file);
            let password = format!("pass:{password}");
            let output = Openssl::run([
                "pkcs12",
                "-info",
                "-in",
                file.path(),
                "-passin",
                &password,
                "-noenc",
            ]);
            said.iter().for_each(|said| output.says(said));
            output.says(iterations.trim_end());
            output.says("friendlyName: rsa.example.com");
            output.says("localKeyID: ");
            output.says(&fixtures::text("rsa_pkcs8.pem"));
            output.says(&fixtures::text("rsa_cert.pem"));
            output.says(&fixtures::text("ca_cert.pem"));
        }
    }
}

#[test]
fn openssl_reads_our_trust_store() {
    let file = pkcs12::write_trust_store(&[fixtures::certificate("ca_cert.pem")]).unwrap();
    let file = Written::new(file);
    let output = Openssl::run(["pkcs12", "-info", "-in", file.path(), "-passin", "pass:"]);
    output.says("MAC: sha1, Iteration 1");
    output.says(&fixtures::text("ca_cert.pem"));
}

#[test]
fn keytool_shows_a_private_key_entry() {
    let key = fixtures::key("rsa_pkcs8.pem");
    let chain = ["rsa_cert.pem", "ca_cert.pem"].map(fixtures::certificate);
    for encryption in [Encryption::Modern, Encryption::Legacy] {
        let file = pkcs12::write_key_store(&key, &chain, &fixtures::secret(), encryption).unwrap();
        let file = Written::new(file);
        let output = run(
            "keytool",
            [
                "-list",
                "-v",
                "-keystore",
                file.path(),
                "-storepass",
                "secret",
            ],
        );
        output.says("Your keystore contains 1 entry");
        output.says("Alias name: rsa.example.com");
        output.says("Entry type: PrivateKeyEntry");
        output.says("Certificate chain length: 2");
    }
}

#[test]
fn keytool_shows_trusted_entries_however_the_password_is_given() {
    let certificates = ["ca_cert.pem", "other_cert.pem", "ca_cert.pem"].map(fixtures::certificate);
    for (certificates, entries) in [
        (&certificates[..1], "contains 1 entry"),
        (&certificates[..], "contains 3 entries"),
    ] {
        let file = Written::new(pkcs12::write_trust_store(certificates).unwrap());
        let with_none = run("keytool", ["-list", "-keystore", file.path()]);
        let with_empty = run(
            "keytool",
            ["-list", "-keystore", file.path(), "-storepass", ""],
        );
        for output in [with_none, with_empty] {
            output.says(entries);
            output.says("trustedCertEntry");
        }
    }
}
