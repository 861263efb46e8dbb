//! `trustpack cert convert`: any format into any other, in the eyes of OpenSSL and Java.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

/// A folder with `all.pem`: key, certificate and CA of a host; and two password files.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        let ca = TestCa::new();
        let host = ca.issue("a.example.com", &[]);
        let files = Self(folder::temporary());
        let all = [&host.key, &host.certificate, &ca.conf("ca_cert.pem")];
        let all: Vec<String> = all
            .iter()
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        for (name, text) in [
            ("all.pem", all.concat()),
            ("key.pem", all[0].clone()),
            ("host.pem", all[1].clone()),
            ("ca.pem", all[2].clone()),
            ("pw", "changeit".to_owned()),
            ("pw2", "other pass".to_owned()),
        ] {
            fs::write(files.path(name), text).unwrap();
        }
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn convert(&self, words: &str) -> Call {
        Call::trustpack(["cert", "convert"])
            .args(words.split(' '))
            .within(self.0.path())
    }

    fn foreign(&self, words: &str) -> Call {
        let mut words = words.split(' ');
        let program = words.next().unwrap();
        Call::foreign(program, words).within(self.0.path())
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn any_format_into_any_other() {
    let files = Files::new();
    let stores = ["s.p12", "s.pfx", "s.jks", "s.pem"];
    for store in stores {
        let legacy = if store == "s.pfx" { " --legacy" } else { "" };
        files
            .convert(&format!("all.pem {store} --out-password-file pw{legacy}"))
            .succeeds();
        assert_eq!(mode(&files.path(store)), 0o600, "{store}");
    }
    for from in stores {
        for to in ["t.p12", "t.jks", "t.pem"] {
            let words = format!("{from} {to} --password-file pw --out-password-file pw2 --replace");
            files.convert(&words).succeeds();
            // Without a password of its own, PEM has the key in the clear.
            let words = format!("{to} back.pem --password-file pw2 --replace");
            files.convert(&words).succeeds();
            assert_eq!(files.text("back.pem"), files.text("all.pem"), "{from} {to}");
        }
        let words = format!("{from} t.p7b --no-keys --password-file pw --replace");
        files.convert(&words).succeeds();
        files.convert("t.p7b back.pem --replace").succeeds();
        let certificates = files.text("host.pem") + &files.text("ca.pem");
        assert_eq!(files.text("back.pem"), certificates, "{from}");
    }
}

#[test]
fn others_read_what_was_converted() {
    let files = Files::new();
    files
        .convert("all.pem s.p12 --out-password-file pw --alias web")
        .succeeds();
    files
        .foreign("openssl pkcs12 -in s.p12 -passin file:pw -noenc")
        .succeeds()
        .prints("friendlyName: web");
    files
        .convert("all.pem old.p12 --out-password-file pw --legacy")
        .succeeds();
    files
        .foreign("openssl pkcs12 -legacy -info -in old.p12 -passin file:pw -noenc")
        .succeeds()
        .says("MAC: sha1")
        .says("pbeWithSHA1And3-KeyTripleDES-CBC");
    files
        .convert("all.pem s.jks --out-password-file pw")
        .succeeds();
    files
        .foreign("keytool -list -v -keystore s.jks -storepass changeit")
        .succeeds()
        .prints("Keystore type: JKS")
        .prints("Certificate chain length: 2");
    files
        .convert("all.pem trust.jks --ca-only --out-password-file pw")
        .succeeds();
    files
        .foreign("keytool -list -keystore trust.jks -storepass changeit")
        .succeeds()
        .prints("contains 1 entry")
        .prints("trustedCertEntry");
    files.convert("all.pem all.p7b --no-keys").succeeds();
    let said = files
        .foreign("openssl pkcs7 -inform der -in all.p7b -print_certs -noout")
        .succeeds();
    assert_eq!(said.stdout.matches("subject=").count(), 2);
    files.convert("key.pem key.der").succeeds();
    assert_eq!(mode(&files.path("key.der")), 0o600);
    files
        .foreign("openssl pkey -inform der -in key.der -noout -check")
        .succeeds();
    files
        .convert("key.pem locked.der --out-password-file pw")
        .succeeds();
    files
        .foreign("openssl pkey -inform der -in locked.der -passin file:pw -noout")
        .succeeds();
}

#[test]
fn lists_and_requests_between_pem_and_der() {
    let files = Files::new();
    let make = "openssl req -new -key key.pem -subj /CN=x -out x.csr";
    files.foreign(make).succeeds();
    files.convert("x.csr x.der").succeeds();
    files
        .foreign("openssl req -inform der -in x.der -noout -verify")
        .succeeds();
    files.convert("x.der y.pem").succeeds();
    assert_eq!(files.text("y.pem"), files.text("x.csr"));
    files
        .convert("x.csr x.jks --out-password-file pw")
        .refused("a store has no place for certification requests");
}

#[test]
fn what_cannot_be_is_said_and_nothing_is_written() {
    let files = Files::new();
    files
        .convert("all.pem s.p12 --out-password-file pw")
        .succeeds();
    fs::write(files.path("text"), "hello").unwrap();
    files
        .foreign("openssl genpkey -algorithm ed25519 -out other.pem")
        .succeeds();
    let stranger = files.text("other.pem") + &files.text("host.pem");
    fs::write(files.path("stranger.pem"), stranger).unwrap();
    let before = folder::listing(files.0.path());
    for (words, said) in [
        (
            "all.pem x.der",
            "a DER file holds one thing, and there are 3",
        ),
        ("all.pem x.p7b", "PKCS#7 has no place for private keys"),
        ("all.pem x.cer", "the name x.cer does not say the format"),
        ("all.pem all.pem", "the input and the output are one file"),
        (
            "all.pem ca.pem",
            "ca.pem is there already; it was left as it is",
        ),
        (
            "stranger.pem x.p12 --out-password-file pw",
            "the key does not belong to the certificate of CN=a.example.com",
        ),
        ("text x.pem", "the file is neither PEM nor DER"),
        ("none x.pem", "cannot read none"),
        ("s.p12 x.pem", "the PKCS#12 file is protected by a password"),
        (
            "s.p12 x.pem --password-file pw2",
            "does not open the PKCS#12 file",
        ),
        ("all.pem x.jks", "x.jks needs a password"),
        (
            "key.pem x.jks --out-password-file pw",
            "in a JKS file every key has its own",
        ),
        (
            "host.pem x.pem --ca-only",
            "nothing of host.pem is left to write",
        ),
        (
            "all.pem x.p12 --alias a --no-keys",
            "--alias names one entry, and the files give 2",
        ),
    ] {
        files.convert(words).refused(said);
    }
    files
        .convert("all.pem x.pem --to rar")
        .exits_with(2)
        .says("pem, der, pkcs7, pkcs12 and jks");
    folder::assert_unchanged(files.0.path(), &before);
}

#[test]
fn an_output_that_is_there_is_replaced_whole_if_asked_for() {
    let files = Files::new();
    fs::write(files.path("out.pem"), "old").unwrap();
    fs::set_permissions(files.path("out.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    files
        .convert("all.pem out.pem")
        .refused("out.pem is there already; it was left as it is")
        .says("take another name, or --replace");
    assert_eq!(files.text("out.pem"), "old");
    files.convert("all.pem out.pem --replace").succeeds();
    assert_eq!(mode(&files.path("out.pem")), 0o600);
    assert_eq!(files.text("out.pem"), files.text("all.pem"));
    let names: Vec<_> = folder::listing(files.0.path()).into_keys().collect();
    assert!(
        !names
            .iter()
            .any(|name| name.to_string_lossy().starts_with('.')),
        "{names:?}"
    );
}
