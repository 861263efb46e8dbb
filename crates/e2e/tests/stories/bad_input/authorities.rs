//! CA directories that are none, are damaged, or cannot be written.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use trustpack_e2e::ca::{TestCa, check_call};
use trustpack_e2e::call::Call;
use trustpack_e2e::{folder, openssl};

use super::check_refused;

/// `ca create` and `cert issue` in folders where nothing can be written, whoever asks.
#[test]
fn folders_that_cannot_be_written() {
    let folder = folder::temporary();
    fs::write(folder.path().join("file"), "").unwrap();
    for (dir, words) in [
        ("file", &["file"][..]),
        ("file/ca", &["file/ca", "Not a directory"]),
        // Not even root makes a folder there.
        ("/proc/ca", &["cannot create /proc/ca"]),
        ("/sys/ca/below", &["cannot create /sys/ca"]),
    ] {
        let create = Call::trustpack(["ca", "create", "X", "--key", "ecdsa-p256", "--ca", dir]);
        check_refused(create, folder.path(), 1, words);
    }
    for dir in ["file", "missing", "/proc", "."] {
        let issue = Call::trustpack(["cert", "issue", "a.example.com", "--ca", dir]);
        check_refused(issue, folder.path(), 1, &[dir]);
    }
}

/// A CA directory on which permissions forbid writing; root is not held by them, and tries the next.
#[test]
fn a_ca_directory_without_permission_to_write() {
    let ca = TestCa::new();
    let repository = ca.dir().join("repository");
    ca.issue("a.example.com", &[]);
    fs::set_permissions(&repository, fs::Permissions::from_mode(0o555)).unwrap();
    let probe = fs::write(repository.join("probe"), "");
    if probe.is_err() {
        let call = ca.issue_call("b.example.com", &[]);
        let before = folder::listing(&repository);
        call.refused("repository");
        folder::assert_unchanged(&repository, &before);
    } else {
        fs::remove_file(repository.join("probe")).unwrap();
    }
    fs::set_permissions(&repository, fs::Permissions::from_mode(0o755)).unwrap();
    ca.assert_in_order();
    // What stands in the way of a folder of files stops root too.
    let blocked = TestCa::new();
    fs::remove_dir_all(blocked.dir().join("repository")).unwrap();
    fs::write(blocked.dir().join("repository"), "").unwrap();
    blocked
        .issue_call("a.example.com", &[])
        .refused("repository");
    fs::remove_file(blocked.dir().join("repository")).unwrap();
    blocked.issue("a.example.com", &[]);
    blocked.assert_in_order();
}

#[test]
fn a_name_of_a_ca_that_is_too_long_is_a_mistake_of_the_command_line() {
    let folder = folder::temporary();
    let long = "x".repeat(65);
    for words in [
        ["ca", "create", &long, "--ca", "new"],
        ["ca", "sub", &long, "--out", "new"],
    ] {
        let call = Call::trustpack(words).within(folder.path());
        check_refused(call, folder.path(), 2, &["65 characters", "at most 64"]);
    }
}

#[test]
fn a_ca_that_is_there_is_named() {
    let ca = TestCa::new();
    let create = Call::trustpack(["ca", "create", "Other", "--key", "ecdsa-p256", "--ca", "."]);
    check_refused(
        create,
        ca.dir(),
        1,
        &["has a CA already", "CN=Example CA", "until 20"],
    );
    // Also where only a part of one is left.
    for (part, words) in [
        ("ca_cert.pem", &["ca_conf is in the way"][..]),
        ("ca_priv_key.pem", &["has a CA already", "CN=Example CA"]),
    ] {
        let ca = TestCa::new();
        fs::remove_file(ca.conf(part)).unwrap();
        let create = Call::trustpack(["ca", "create", "Other", "--key", "ecdsa-p256", "--ca", "."]);
        check_refused(create, ca.dir(), 1, words);
    }
}

/// Damages a new CA; `cert issue` and `ca check` say what is wrong and change nothing.
#[track_caller]
fn check_damaged(damage: impl Fn(&Path), issue: &[&str], check: &[&str]) {
    let ca = TestCa::new();
    damage(&ca.dir().join("ca_conf"));
    check_refused(ca.issue_call("a.example.com", &[]), ca.dir(), 1, issue);
    check_refused(check_call(ca.dir()), ca.dir(), 1, check);
}

fn another_key() -> String {
    Call::foreign(
        "openssl",
        ["ecparam", "-genkey", "-name", "prime256v1", "-noout"],
    )
    .succeeds()
    .stdout
}

#[test]
fn ledgers_that_are_missing_or_damaged() {
    let ledger = |contents: &'static str| {
        move |conf: &Path| fs::write(conf.join("ca.db"), contents).unwrap()
    };
    check_damaged(
        |conf| fs::remove_file(conf.join("ca.db")).unwrap(),
        &["ca.db", "No such file"],
        &["ca.db", "error[TP6009]"],
    );
    check_damaged(
        ledger("nonsense\n"),
        &["ca.db", "\"nonsense\"", "no line of a ledger"],
        &["error[TP6009]: line 1 is no line of a ledger"],
    );
    check_damaged(
        ledger("V\t2703010852"),
        &["ca.db", "not complete"],
        &["ca.db", "error[TP6009]"],
    );
    check_damaged(
        ledger("V\t270301085240Z\t\t../../x\tunknown\t/CN=a\n"),
        &["ca.db"],
        &["ca.db", "error[TP6009]"],
    );
    check_damaged(
        |conf| fs::write(conf.join("ca.db"), [0xFF; 100_000]).unwrap(),
        &["ca.db"],
        &["ca.db", "error[TP6009]"],
    );
}

#[test]
fn keys_that_are_missing_damaged_or_of_another_ca() {
    let key = |contents: String| {
        move |conf: &Path| {
            fs::remove_file(conf.join("ca_priv_key.pem")).unwrap();
            fs::write(conf.join("ca_priv_key.pem"), &contents).unwrap();
            fs::set_permissions(
                conf.join("ca_priv_key.pem"),
                fs::Permissions::from_mode(0o400),
            )
            .unwrap();
        }
    };
    check_damaged(
        key(another_key()),
        &["does not belong to the CA certificate", "CN=Example CA"],
        &["error[TP6002]", "does not belong"],
    );
    check_damaged(
        |conf| fs::remove_file(conf.join("ca_priv_key.pem")).unwrap(),
        &["ca_priv_key.pem", "No such file"],
        &["error[TP6001]", "ca_priv_key.pem"],
    );
    check_damaged(
        key("nonsense".to_owned()),
        &["ca_priv_key.pem", "no private key"],
        &["error[TP6001]", "ca_priv_key.pem"],
    );
    check_damaged(key(String::new()), &["ca_priv_key.pem"], &["error[TP6001]"]);
}

#[test]
fn certificates_and_numbers_that_are_damaged() {
    check_damaged(
        |conf| fs::write(conf.join("ca_cert.pem"), "nonsense").unwrap(),
        &["ca_cert.pem", "no certificate"],
        &["ca_cert.pem", "no certificate"],
    );
    check_damaged(
        |conf| fs::remove_file(conf.join("ca_cert.pem")).unwrap(),
        &["ca_cert.pem", "No such file"],
        &["ca_cert.pem", "No such file"],
    );
    check_damaged(
        |conf| fs::write(conf.join("serial.num"), "forty-two\n").unwrap(),
        &["serial.num", "\"forty-two\"", "hexadecimal"],
        &["serial.num", "\"forty-two\""],
    );
}

/// A serial that the folder would give a second time, after `serial.num` was put back from a copy.
#[test]
fn a_serial_that_was_used_is_not_given_again() {
    let ca = TestCa::new();
    fs::write(ca.conf("serial.num"), "01\n").unwrap();
    ca.issue("a.example.com", &[]);
    ca.issue("b.example.com", &[]);
    fs::write(ca.conf("serial.num"), "01\n").unwrap();
    let call = ca.issue_call("c.example.com", &[]);
    check_refused(
        call,
        ca.dir(),
        1,
        &["serial 01", "used before", "serial.num"],
    );
    check_refused(
        check_call(ca.dir()),
        ca.dir(),
        1,
        &["serial.num", "error[TP"],
    );
}

/// OpenSSL makes a CA certificate with past dates for the key that is there.
#[test]
fn a_ca_that_has_ended_issues_nothing() {
    let ca = TestCa::new();
    let words = [
        "req",
        "-new",
        "-key",
        "ca_conf/ca_priv_key.pem",
        "-subj",
        "/CN=Old CA",
        "-out",
        "ca.csr",
    ];
    Call::foreign("openssl", words).within(ca.dir()).succeeds();
    let extensions = "[v3]\nbasicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign\nsubjectKeyIdentifier = hash\n";
    fs::write(ca.dir().join("v3.cnf"), extensions).unwrap();
    Call::foreign("openssl", openssl::CA)
        .args([
            "-batch",
            "-selfsign",
            "-in",
            "ca.csr",
            "-out",
            "old.pem",
            "-notext",
            "-md",
            "sha256",
        ])
        .args([
            "-startdate",
            "20200101000000Z",
            "-enddate",
            "20210101000000Z",
        ])
        .args(["-extfile", "v3.cnf", "-extensions", "v3"])
        .within(ca.dir())
        .succeeds();
    fs::copy(ca.dir().join("old.pem"), ca.conf("ca_cert.pem")).unwrap();
    let call = ca.issue_call("a.example.com", &[]);
    check_refused(call, ca.dir(), 1, &["2021-01-01T00:00:00Z"]).says("error: ");
    check_refused(
        check_call(ca.dir()),
        ca.dir(),
        1,
        &["2021-01-01T00:00:00Z", "error[TP"],
    );
}
