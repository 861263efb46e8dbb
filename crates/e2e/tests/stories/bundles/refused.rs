//! What no bundle can be made of: refused before anything is issued, or told beside those that were made.

use std::fs;

use trustpack_e2e::ca::{TestCa, ledger_serials};
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

use super::{Bundle, names};

/// Nothing is issued.
#[track_caller]
fn refused(ca: &TestCa, arguments: &[&str], words: &str) {
    let call = Call::trustpack(["cert", "issue", "a.example.com", "--ca"]).arg(ca.dir());
    call.args(arguments).refused(words);
    assert!(ledger_serials(ca.dir()).is_empty());
    assert!(
        !ca.dir().join("repository").exists() || names(&ca.dir().join("repository")).is_empty()
    );
}

#[test]
fn what_the_program_cannot_read_is_not_issued() {
    let ca = TestCa::new();
    let java8 = ["--for", "unix,java8", "--key", "ed25519"];
    refused(&ca, &java8, "for java8: the key is Ed25519");
    let nginx = ["--for", "nginx", "--digest", "sha1"];
    refused(&ca, &nginx, "for nginx: the signature is made over SHA-1");
    let windows = ["--for", "windows2016", "--digest", "sha224"];
    refused(
        &ca,
        &windows,
        "for windows2016: the signature is made over SHA-224",
    );
    // The others can.
    Call::trustpack(["cert", "issue", "a.example.com", "--key", "ed25519"])
        .args(["--for", "java,unix", "--ca"])
        .arg(ca.dir())
        .succeeds();
}

#[test]
fn what_it_may_stumble_over_is_said_once() {
    let ca = TestCa::new();
    let arguments = ["--for", "unix", "--san", "*.example.com"];
    let told = ca.issue_call("a.example.com", &arguments).succeeds();
    assert_eq!(told.stderr.matches("warning: ").count(), 1, "{told}");
    told.says("is a wildcard");
}

#[test]
fn an_authority_that_the_program_cannot_read_is_found_too() {
    let ca = TestCa::with(&["--key", "ed25519"]);
    refused(
        &ca,
        &["--for", "java8"],
        "for java8: the certificate of CN=Example CA: the key is Ed25519",
    );
    ca.issue("a.example.com", &["--for", "java"]);
}

#[test]
fn a_password_that_java_cannot_use_is_refused_first() {
    let ca = TestCa::new();
    let file = ca.dir().with_file_name("password");
    let arguments = ["--for", "java", "--password-file", file.to_str().unwrap()];
    fs::write(&file, "pässwörd").unwrap();
    refused(
        &ca,
        &arguments,
        "cannot be used for the target java: Java takes ASCII only",
    );
    fs::write(&file, "short").unwrap();
    refused(&ca, &arguments, "keytool wants 6 characters at least");
}

#[test]
fn unknown_targets_and_folders_are_refused_first() {
    let ca = TestCa::new();
    let call = ca.issue_call("a.example.com", &["--for", "tomcat"]);
    call.exits_with(2)
        .says("is no target; there are openssl, unix");
    refused(
        &ca,
        &["--for", "unix", "--out", "missing"],
        "missing is no folder",
    );
    ca.issue_call("a.example.com", &["--out", "."])
        .exits_with(2)
        .says("--for");
}

#[test]
fn a_bundle_that_cannot_be_written_is_named_and_the_others_are_made() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let out = folder::temporary();
    let taken = out.path().join(format!("{}_a_nginx", host.serial));
    fs::create_dir(&taken).unwrap();
    let adopt = Call::trustpack(["cert", "adopt", "--for", "nginx,unix"])
        .arg(&host.certificate)
        .arg("--key")
        .arg(&host.key)
        .arg("--chain")
        .arg(ca.conf("ca_cert.pem"))
        .arg("--out")
        .arg(out.path());
    let told = adopt
        .refused("no bundle for nginx: ")
        .says("nothing is overwritten");
    assert!(names(&taken).is_empty());
    let unix = Bundle::told(&told, "unix");
    assert!(unix.file("_priv_key.pem").exists());
    let left: Vec<String> = names(out.path());
    assert!(left.iter().all(|name| !name.starts_with('.')), "{left:?}");
}
