//! Windows and .NET, of which none is at hand: OpenSSL, NSS and Java read the files, and the script is looked at.

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::folder;

use super::Bundle;

/// What OpenSSL finds in a PKCS#12 file with the empty password; how it is encrypted is on standard error.
#[track_caller]
fn openssl_reads(bundle: &Bundle, end: &str) -> Outcome {
    Call::foreign(
        "openssl",
        [
            "pkcs12", "-info", "-nodes", "-legacy", "-passin", "pass:", "-in",
        ],
    )
    .arg(bundle.file(end))
    .succeeds()
}

#[track_caller]
fn check(target: &str, encryption: &str, mac: &str) {
    let ca = TestCa::new();
    let bundle = Bundle::issued(&ca, "db1.example.com", target, &[]);
    let keys = openssl_reads(&bundle, "_cert.pfx")
        .says(encryption)
        .says(mac);
    assert_eq!(
        keys.stdout.matches("BEGIN CERTIFICATE").count(),
        2,
        "{keys}"
    );
    assert_eq!(
        keys.stdout.matches("BEGIN PRIVATE KEY").count(),
        1,
        "{keys}"
    );
    let trusted = openssl_reads(&bundle, "ca_cert.pfx").says("MAC: sha1");
    assert_eq!(
        trusted.stdout.matches("BEGIN CERTIFICATE").count(),
        1,
        "{trusted}"
    );
    assert!(!trusted.stdout.contains("PRIVATE KEY"), "{trusted}");
    Call::foreign("keytool", ["-list", "-storepass", "", "-keystore"])
        .arg(bundle.file("_cert.pfx"))
        .succeeds()
        .prints("PrivateKeyEntry");
    let database = folder::temporary();
    let place = format!("sql:{}", database.path().display());
    Call::foreign("certutil", ["-N", "--empty-password", "-d", &place]).succeeds();
    Call::foreign("pk12util", ["-W", "", "-d", &place, "-i"])
        .arg(bundle.file("_cert.pfx"))
        .succeeds();
    Call::foreign(
        "openssl",
        ["x509", "-inform", "DER", "-noout", "-subject", "-in"],
    )
    .arg(bundle.file("ca_cert.cer"))
    .succeeds()
    .prints("CN = Example CA");
    assert_eq!(
        target == "dotnet",
        bundle.folder.join("ca_cert.pem").exists()
    );
}

#[test]
fn new_windows_gets_new_encryption_and_old_windows_old() {
    let new = ["AES-256-CBC", "MAC: sha256"];
    let old = ["pbeWithSHA1And3-KeyTripleDES-CBC", "MAC: sha1"];
    for (target, [encryption, mac]) in [("windows", new), ("windows2016", old), ("dotnet", new)] {
        check(target, encryption, mac);
    }
}

#[test]
fn an_explicit_encryption_goes_before_that_of_the_target() {
    let ca = TestCa::new();
    let issued = |target, age| {
        let arguments = ["--pfx-encryption", age];
        Bundle::issued(&ca, "db1.example.com", target, &arguments)
    };
    openssl_reads(&issued("windows", "legacy"), "_cert.pfx").says("TripleDES");
    openssl_reads(&issued("windows2016", "modern"), "_cert.pfx").says("AES-256-CBC");
}

#[test]
fn the_thumbprint_is_there_with_and_without_blanks() {
    let ca = TestCa::new();
    let bundle = Bundle::issued(&ca, "db1.example.com", "windows", &[]);
    let host = ca.newest("db1.example.com");
    let shown = Call::foreign(
        "openssl",
        ["x509", "-noout", "-fingerprint", "-sha1", "-in"],
    )
    .arg(&host.certificate)
    .succeeds()
    .stdout
    .to_ascii_lowercase();
    let (_, pairs) = shown.trim().split_once('=').unwrap();
    let [blanks, plain] = [" ", ""].map(|between| pairs.replace(':', between));
    assert_eq!(
        bundle.text("thumbprint.txt"),
        format!("{plain}\r\n{blanks}\r\n")
    );
}

#[test]
fn the_script_names_store_account_and_certificate() {
    let ca = TestCa::new();
    let account = ["--role", "server", "--account", "NT SERVICE\\Stat'Server"];
    let server = Bundle::issued(&ca, "db1.example.com", "windows", &account);
    let script = server.text("install.ps1");
    for words in [
        "certutil -f -addstore Root 'ca_cert.cer'",
        "-importpfx My '",
        "Cert:\\LocalMachine\\My\\",
        "'NT SERVICE\\Stat''Server:(R)'",
    ] {
        assert!(script.contains(words), "{words}: {script}");
    }
    let gui = Bundle::issued(&ca, "gui7.example.com", "windows", &["--role", "gui"]);
    let script = gui.text("install.ps1");
    for words in [
        "certutil -user -f -addstore Root",
        "Cert:\\CurrentUser\\My\\",
    ] {
        assert!(script.contains(words), "{words}: {script}");
    }
    assert!(!script.contains("icacls"), "{script}");
}
