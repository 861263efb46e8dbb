//! Java, with the stores of its bundles. Java 17 reads what is for Java 8 too; no Java 8 is at hand.

use std::path::Path;

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::{Call, Outcome};

use super::Bundle;

const CUSTOMARY: &str = "changeit";

#[track_caller]
fn keytool_list(store: &Path, password: &str) -> Outcome {
    Call::foreign(
        "keytool",
        ["-list", "-v", "-storepass", password, "-keystore"],
    )
    .arg(store)
    .run()
}

/// Both stores, as `keytool` shows them.
#[track_caller]
fn assert_listed(bundle: &Bundle, end: &str, kind: &str, password: &str) {
    let keys = keytool_list(&bundle.file(&format!("keystore.{end}")), password);
    let keys = keys.prints(&format!("Keystore type: {kind}"));
    let keys = keys
        .prints("Alias name: host")
        .prints("Entry type: PrivateKeyEntry");
    keys.prints("Certificate chain length: 2")
        .prints("contains 1 entry");
    let trusted = keytool_list(&bundle.file(&format!("truststore.{end}")), password);
    let trusted = trusted.prints("Alias name: ca").prints("trustedCertEntry");
    trusted.prints("contains 1 entry");
}

/// A server and a client of Java trust each other, and nobody else gets in.
#[track_caller]
fn assert_mutual(server: &Bundle, client: &Bundle, end: &str, password: &str) {
    let [keys, trusted] = ["keystore", "truststore"].map(|name| format!("{name}.{end}"));
    let program = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/stories/bundles/MutualTls.java"
    );
    let said = Call::foreign("java", [program])
        .arg(server.file(&keys))
        .arg(server.file(&trusted))
        .arg(client.file(&keys))
        .arg(client.file(&trusted))
        .arg(password)
        .succeeds()
        .prints("known: hello CN=gui7.example.com")
        .prints("unknown: refused");
    assert!(!said.stdout.contains("unknown: hello"), "{said}");
}

#[test]
fn java_talks_with_the_stores_of_its_bundle() {
    let ca = TestCa::new();
    let told = Call::trustpack(["cert", "issue", "db1.example.com", "--for", "java", "--ca"])
        .arg(ca.dir())
        .args(["--key", "rsa-2048"])
        .succeeds();
    let server = Bundle::told(&told, "java");
    let client = Bundle::issued(&ca, "gui7.example.com", "java", &[]);
    assert_listed(&server, "p12", "PKCS12", CUSTOMARY);
    assert_mutual(&server, &client, "p12", CUSTOMARY);
    assert!(server.text("keytool.txt").contains(CUSTOMARY));
}

#[test]
fn java_reads_the_old_stores_too() {
    let ca = TestCa::new();
    let server = Bundle::issued(&ca, "db1.example.com", "java8", &[]);
    let client = Bundle::issued(&ca, "gui7.example.com", "java8", &[]);
    assert_listed(&server, "jks", "JKS", CUSTOMARY);
    assert_mutual(&server, &client, "jks", CUSTOMARY);
}

#[test]
fn the_stores_have_the_password_that_was_given() {
    let ca = TestCa::new();
    let file = ca.dir().join("password");
    std::fs::write(&file, "correct horse\n").unwrap();
    let arguments = ["--password-file", file.to_str().unwrap()];
    for (target, end, kind) in [("java", "p12", "PKCS12"), ("java8", "jks", "JKS")] {
        let bundle = Bundle::issued(&ca, "db1.example.com", target, &arguments);
        assert_listed(&bundle, end, kind, "correct horse");
        let refused = keytool_list(&bundle.file(&format!("keystore.{end}")), CUSTOMARY);
        refused.prints("password was incorrect");
        assert!(!bundle.text("keytool.txt").contains("correct horse"));
    }
}

#[test]
fn the_lines_of_keytool_work() {
    let ca = TestCa::new();
    let bundle = Bundle::issued(&ca, "db1.example.com", "java", &[]);
    let text = bundle
        .text("keytool.txt")
        .replace("YOUR_TRUST_STORE", "t.p12");
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    for line in lines {
        let line = line.replace("YOUR_KEY_STORE", "k.p12");
        let options = match line.split(' ').nth(1) {
            Some("-importcert") => "-storepass changeit -noprompt",
            Some("-importkeystore") => "-srcstorepass changeit -deststorepass changeit -noprompt",
            _ => "-storepass changeit",
        };
        Call::foreign("sh", ["-c", &format!("{line} {options}")])
            .within(&bundle.folder)
            .succeeds();
    }
    for (store, entry) in [("t.p12", "trustedCertEntry"), ("k.p12", "PrivateKeyEntry")] {
        keytool_list(&bundle.folder.join(store), CUSTOMARY).prints(entry);
    }
}
