//! Key stores and trust stores: made, shown, changed, and read by others after each step.
//!
//! Long because all of it is told of the same folder of stores, and each verb has its refused cases beside it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;

use serde_json::Value;
use trustpack_e2e::ca::{HostFiles, TestCa};
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::folder;

/// A folder with a password file, beside a CA that issued one host certificate.
struct Stores {
    ca: TestCa,
    host: HostFiles,
    folder: tempfile::TempDir,
}

impl Stores {
    fn new() -> Self {
        let ca = TestCa::new();
        let host = ca.issue("a.example.com", &[]);
        let folder = folder::temporary();
        fs::write(folder.path().join("pw"), "changeit\n").unwrap();
        Self { ca, host, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `trustpack store VERB`, in the folder, with the password.
    fn call(&self, verb: &str, arguments: &[&str]) -> Call {
        self.without_password(verb, arguments)
            .args(["--password-file", "pw"])
    }

    fn without_password(&self, verb: &str, arguments: &[&str]) -> Call {
        Call::trustpack(["store", verb])
            .args(arguments)
            .within(self.folder.path())
    }

    /// A store with the key of the host, its chain, and the CA as an entry of its own.
    #[track_caller]
    fn create(&self, name: &str, options: &[&str]) -> Outcome {
        self.call("create", &[name])
            .arg(&self.host.key)
            .arg(&self.host.certificate)
            .arg("--trusted")
            .arg(self.ca.conf("ca_cert.pem"))
            .args(options)
            .succeeds()
    }

    #[track_caller]
    fn keytool(&self, name: &str) -> String {
        Call::foreign("keytool", ["-list", "-v", "-storepass", "changeit"])
            .args(["-keystore", name])
            .within(self.folder.path())
            .succeeds()
            .stdout
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_store_lives_in_each_format() {
    let stores = Stores::new();
    let ca = stores.ca.conf("ca_cert.pem");
    let ca = ca.to_str().unwrap();
    for (name, options) in [
        ("a.p12", &[][..]),
        ("old.pfx", &["--legacy"]),
        ("a.jks", &[]),
    ] {
        stores
            .create(name, options)
            .says("1 key, 1 trusted certificate");
        assert_eq!(mode(&stores.path(name)), 0o600, "{name}");
        let listed = stores.keytool(name);
        assert!(listed.contains("contains 2 entries"), "{listed}");
        assert!(listed.contains("Alias name: a.example.com"), "{listed}");
        assert!(listed.contains("Alias name: example ca"), "{listed}");

        stores
            .call("import", &[name, ca, "--alias", "second"])
            .succeeds();
        assert!(stores.keytool(name).contains("contains 3 entries"));
        let again = stores.call("import", &[name, ca, "--alias", "SECOND"]);
        again.refused("there is an entry \"SECOND\" already");
        let again = ["--replace", "--alias", "SECOND"];
        stores.call("import", &[name, ca]).args(again).succeeds();
        stores
            .call(
                "remove",
                &[name, "--alias", "second", "--alias", "example CA"],
            )
            .succeeds();
        let listed = stores.keytool(name);
        assert!(listed.contains("contains 1 entry"), "{listed}");
        assert!(listed.contains("Entry type: PrivateKeyEntry"), "{listed}");
        stores
            .call("remove", &[name, "--alias", "second"])
            .refused("has no entry \"second\"");
        assert_eq!(mode(&stores.path(name)), 0o600, "{name}");
    }
}

#[test]
fn a_pem_store_keeps_names_and_its_encryption() {
    let stores = Stores::new();
    stores
        .call("create", &["a.pem", "--alias", "web"])
        .arg(&stores.host.key)
        .arg(&stores.host.certificate)
        .succeeds();
    let text = fs::read_to_string(stores.path("a.pem")).unwrap();
    assert!(text.contains("BEGIN ENCRYPTED PRIVATE KEY"), "{text}");
    let ca = stores.ca.conf("ca_cert.pem");
    stores.call("import", &["a.pem"]).arg(&ca).succeeds();
    let text = fs::read_to_string(stores.path("a.pem")).unwrap();
    assert!(
        text.contains("friendlyName: web\n-----BEGIN ENCRYPTED PRIVATE KEY"),
        "{text}"
    );
    Call::foreign(
        "openssl",
        ["pkey", "-noout", "-passin", "file:pw", "-in", "a.pem"],
    )
    .within(stores.folder.path())
    .succeeds();
}

#[test]
fn export_writes_one_entry() {
    let stores = Stores::new();
    stores.create("a.jks", &[]);
    let export = |arguments: &[&str]| stores.call("export", &["a.jks"]).args(arguments);
    export(&["ca.der", "--alias", "Example CA"]).succeeds();
    let wanted = Call::foreign("openssl", ["x509", "-in"]).arg(stores.ca.conf("ca_cert.pem"));
    let wanted = wanted.succeeds().stdout;
    let got = Call::foreign("openssl", ["x509", "-inform", "der", "-in", "ca.der"]);
    assert_eq!(got.within(stores.folder.path()).succeeds().stdout, wanted);
    assert_eq!(mode(&stores.path("ca.der")) & 0o077 & !0o044, 0);

    export(&["host.pem", "--alias", "a.example.com"]).succeeds();
    assert_eq!(mode(&stores.path("host.pem")), 0o600);
    let key = fs::read_to_string(&stores.host.key).unwrap();
    let exported = fs::read_to_string(stores.path("host.pem")).unwrap();
    assert!(exported.starts_with(&key), "{exported}");
    export(&["host.pem"]).refused("host.pem is there already; it was left as it is");
    export(&["host.pem", "--alias", "Example CA", "--replace"]).succeeds();
    export(&["x.pem", "--alias", "none"]).refused("has no entry \"none\"");
    export(&["x.der", "--alias", "a.example.com"]).refused("a DER file holds one thing");
    assert!(!stores.path("x.pem").exists() && !stores.path("x.der").exists());
}

/// The leaf would be trusted, and the key nobody's.
#[test]
fn a_key_that_fits_no_certificate_is_refused_beside_that_of_a_host() {
    let stores = Stores::new();
    let other = stores.ca.issue("b.example.com", &[]);
    let before = folder::listing(stores.folder.path());
    stores
        .call("create", &["wrong.p12"])
        .args([&stores.host.certificate, &other.key])
        .refused("the key does not belong to the certificate of CN=a.example.com: the SHA-256 of")
        .says("name the key of the certificate");
    folder::assert_unchanged(stores.folder.path(), &before);

    stores.create("a.p12", &[]);
    stores
        .call("import", &["a.p12"])
        .args([&stores.host.certificate, &other.key])
        .refused("the key does not belong to the certificate of CN=a.example.com");

    // That of a CA may be trusted, wherever it stands.
    stores
        .call("create", &["alone.p12"])
        .args([&other.key, &stores.ca.conf("ca_cert.pem")])
        .succeeds();
    // Said to be trusted, it is.
    stores
        .call("create", &["peer.p12"])
        .arg(&other.key)
        .arg("--trusted")
        .arg(&stores.host.certificate)
        .succeeds();
}

#[test]
fn the_list_as_json() {
    let stores = Stores::new();
    stores.create("a.jks", &[]);
    let listed = stores.call("list", &["a.jks", "--json"]).succeeds();
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let at = |pointer: &str| listed.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(at("/format"), "JKS");
    assert_eq!(at("/entries/0/alias"), "a.example.com");
    assert_eq!(at("/entries/0/kind"), "key");
    assert_eq!(at("/entries/0/key"), "EC P-256");
    assert_eq!(at("/entries/0/certificates/0/subject"), "CN=a.example.com");
    assert_eq!(at("/entries/0/certificates/0/serial"), stores.host.serial);
    assert_eq!(at("/entries/1/kind"), "trusted");
    assert_eq!(at("/notes"), Value::Array(Vec::new()));

    let listed = stores
        .without_password("list", &["a.jks", "--json"])
        .succeeds();
    listed
        .clone()
        .says("was not checked whether somebody has changed the file");
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let at = |pointer: &str| listed.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(at("/entries/0/kind"), "key");
    assert!(
        at("/entries/0/locked")
            .as_str()
            .unwrap()
            .contains("password is needed")
    );
}

#[test]
fn three_different_errors() {
    let stores = Stores::new();
    stores.create("a.jks", &[]);
    fs::write(stores.path("other"), "another").unwrap();
    let list = |name: &str, password: &str| {
        stores.without_password("list", &[name, "--password-file", password])
    };
    list("a.jks", "other").refused("the password does not open the Java key store");
    let mut changed = fs::read(stores.path("a.jks")).unwrap();
    // A digit of the date of the first entry.
    let at = 12 + 4 + 2 + "a.example.com".len() + 7;
    *changed.get_mut(at).unwrap() ^= 1;
    fs::write(stores.path("changed.jks"), changed).unwrap();
    list("changed.jks", "pw")
        .refused("the store has another password than that key, or somebody has changed the file");
    fs::write(stores.path("text.jks"), "no store at all").unwrap();
    list("text.jks", "pw").refused("the file is neither PEM nor DER");
}

#[test]
fn a_key_with_a_password_of_its_own() {
    let stores = Stores::new();
    stores.create("a.p12", &[]);
    for (format, name) in [("JKS", "own.jks"), ("JCEKS", "own.jceks")] {
        Call::foreign(
            "keytool",
            ["-importkeystore", "-noprompt", "-srckeystore", "a.p12"],
        )
        .args(["-srcstorepass", "changeit", "-srcalias", "a.example.com"])
        .args(["-destkeystore", name, "-deststoretype", format])
        .args(["-deststorepass", "changeit", "-destkeypass", "another"])
        .within(stores.folder.path())
        .succeeds();
        fs::write(stores.path("key"), "another\n").unwrap();
        fs::write(stores.path("both"), "changeit\nanother\n").unwrap();
        let with = |call: &[&str], password: &str| {
            Call::trustpack(call)
                .args(["--password-file", password])
                .within(stores.folder.path())
        };
        with(&["store", "list", name], "pw")
            .succeeds()
            .prints("key, locked");
        let listed = with(&["store", "list", name], "both").succeeds();
        assert!(!listed.stdout.contains("locked"), "{listed}");
        with(&["store", "list", name], "key")
            .refused("the store has another password than that key");
        with(&["key", "show", name], "pw")
            .refused("in its first line, and those of keys that have their own in the next ones");
        with(&["key", "show", name], "both")
            .succeeds()
            .prints("public half");
        with(&["key", "convert", name, &format!("{name}.pem")], "both").succeeds();
        let out = format!("{name}.p12");
        with(
            &["cert", "convert", name, &out, "--out-password-file", "pw"],
            "pw",
        )
        .refused("in the next ones");
        with(
            &["cert", "convert", name, &out, "--out-password-file", "pw"],
            "both",
        )
        .succeeds();
        assert!(stores.keytool(&out).contains("PrivateKeyEntry"));
    }
    // The first line is to become that of the new file, so it must be that of the old one.
    fs::write(stores.path("turned"), "another\nchangeit\n").unwrap();
    let import = |password: &str| {
        stores
            .without_password("import", &["own.jks", "--trusted"])
            .arg(stores.ca.conf("ca_cert.pem"))
            .args(["--alias", "a-ca", "--password-file", password])
    };
    import("turned").refused("the store has another password than that key");
    import("both")
        .succeeds()
        .says("have the password of the store now");
    assert!(stores.keytool("own.jks").contains("a-ca"));
    let listed = stores.call("list", &["own.jks"]).succeeds();
    assert!(!listed.stdout.contains("locked"), "{listed}");
}

#[test]
fn of_several_at_once_one_makes_the_store() {
    let stores = Stores::new();
    let create = || {
        stores
            .without_password("create", &["a.pem", "--trusted"])
            .arg(stores.ca.conf("ca_cert.pem"))
            .run()
    };
    let ended: Vec<Outcome> = thread::scope(|scope| {
        let running: Vec<_> = (0..6).map(|_| scope.spawn(create)).collect();
        let ended = running.into_iter().map(|one| one.join().unwrap());
        ended.collect()
    });
    let (made, refused): (Vec<_>, Vec<_>) = ended.iter().partition(|end| end.status.success());
    assert_eq!(made.len(), 1);
    for end in refused {
        assert!(end.stderr.contains("a.pem is there already"), "{end:?}");
    }
    let mut left: Vec<PathBuf> = folder::listing(stores.folder.path()).into_keys().collect();
    left.sort();
    assert_eq!(left, [Path::new("a.pem"), Path::new("pw")]);
}

#[test]
fn what_cannot_be_done_is_said_and_changes_nothing() {
    let stores = Stores::new();
    stores.create("a.p12", &[]);
    let ca = stores.ca.conf("ca_cert.pem");
    let ca = ca.to_str().unwrap();
    let key = stores.host.key.to_str().unwrap();
    let before = folder::listing(stores.folder.path());
    for (call, said) in [
        (stores.call("create", &["a.p12", ca]), "is there already"),
        (stores.call("create", &["b.p12"]), "no file to take keys"),
        (
            stores.call("create", &["b.der", ca]),
            "a store cannot have the format der",
        ),
        (
            stores.call("create", &["b.cer", ca]),
            "does not say the format",
        ),
        (
            stores.call("create", &["b.jks", key]),
            "in a JKS file every key has its own",
        ),
        (
            stores.without_password("create", &["b.jks", ca]),
            "b.jks needs a password",
        ),
        (
            stores.without_password("list", &["a.p12"]),
            "is protected by a password",
        ),
        (
            stores.without_password("list", &["windows:My"]),
            "system store of Windows",
        ),
        (
            stores.call("import", &["a.p12"]),
            "hold no key and no certificate",
        ),
        (
            stores.call("import", &["none.p12", ca]),
            "cannot read none.p12",
        ),
    ] {
        call.refused(said);
    }
    folder::assert_unchanged(stores.folder.path(), &before);
}

#[test]
fn what_others_made_is_changed_in_its_format() {
    let stores = Stores::new();
    let ca = stores.ca.conf("ca_cert.pem");
    let keytool = |words: &[&str]| {
        Call::foreign("keytool", words)
            .args(["-storepass", "changeit", "-noprompt", "-file"])
            .arg(&ca)
            .within(stores.folder.path())
            .succeeds()
    };
    keytool(&[
        "-importcert",
        "-alias",
        "x",
        "-keystore",
        "a.jks",
        "-storetype",
        "JKS",
    ]);
    keytool(&["-importcert", "-alias", "x", "-keystore", "b.jks"]);
    for (name, kind) in [
        ("a.jks", "Keystore type: JKS"),
        ("b.jks", "Keystore type: PKCS12"),
    ] {
        stores
            .call("import", &[name])
            .arg(&stores.host.key)
            .arg(&stores.host.certificate)
            .succeeds();
        let listed = stores.keytool(name);
        assert!(listed.contains(kind), "{listed}");
        assert!(listed.contains("contains 2 entries"), "{listed}");
        assert_eq!(mode(&stores.path(name)), 0o600);
    }
    keytool(&[
        "-importcert",
        "-alias",
        "x",
        "-keystore",
        "c",
        "-storetype",
        "JCEKS",
    ]);
    stores
        .call("remove", &["c", "--alias", "x"])
        .refused("c is JCEKS, which is read and not changed");
}
