//! PKCS#12 files, in the eyes of OpenSSL and Java.

use std::fs;
use std::path::Path;

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;

/// Lists a key store with the empty password.
#[track_caller]
fn keytool_list(store: &Path) -> String {
    Call::foreign("keytool", ["-list", "-v", "-storepass", "", "-keystore"])
        .arg(store)
        .succeeds()
        .stdout
}

#[test]
fn the_pfx_opens_with_the_empty_password_everywhere() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let shown = Call::foreign(
        "openssl",
        ["pkcs12", "-nodes", "-info", "-passin", "pass:", "-in"],
    )
    .arg(&host.pfx)
    .arg("-legacy")
    .succeeds()
    .says("MAC: sha1, Iteration 1\n")
    .says("pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 1\n");
    assert_eq!(shown.stdout.matches("BEGIN CERTIFICATE").count(), 2);
    assert_eq!(shown.stdout.matches("BEGIN PRIVATE KEY").count(), 1);
    let listed = keytool_list(&host.pfx);
    assert!(
        listed.contains("Your keystore contains 1 entry"),
        "{listed}"
    );
    assert!(listed.contains("Entry type: PrivateKeyEntry"), "{listed}");
    assert!(listed.contains("Certificate chain length: 2"), "{listed}");
}

#[test]
fn the_pfx_takes_a_password_from_a_file() {
    let ca = TestCa::new();
    let password = ca.dir().join("password");
    fs::write(&password, "s3cret word\n").unwrap();
    let host = ca.issue(
        "a.example.com",
        &["--password-file", password.to_str().unwrap()],
    );
    let read = |password: &str| {
        Call::foreign(
            "openssl",
            ["pkcs12", "-legacy", "-nokeys", "-passin", password, "-in"],
        )
        .arg(&host.pfx)
        .run()
    };
    assert!(read("pass:s3cret word").status.success());
    assert!(!read("pass:").status.success());
}

#[test]
fn java_sees_one_trusted_entry_in_the_ca_pfx() {
    let ca = TestCa::new();
    let at_the_prompt = Call::foreign("keytool", ["-list", "-v", "-keystore"])
        .arg(ca.conf("ca_cert.pfx"))
        .stdin(b"\n")
        .succeeds()
        .stdout;
    for listed in [keytool_list(&ca.conf("ca_cert.pfx")), at_the_prompt] {
        assert_eq!(listed.matches("trustedCertEntry").count(), 1, "{listed}");
        assert!(listed.contains("contains 1 entry"), "{listed}");
        assert!(!listed.contains("PrivateKeyEntry"), "{listed}");
    }
    let shown = Call::foreign("openssl", ["pkcs12", "-nodes", "-passin", "pass:", "-in"])
        .arg(ca.conf("ca_cert.pfx"))
        .succeeds();
    assert_eq!(shown.stdout.matches("BEGIN CERTIFICATE").count(), 1);
    assert!(!shown.stdout.contains("PRIVATE KEY"), "{shown}");
}
