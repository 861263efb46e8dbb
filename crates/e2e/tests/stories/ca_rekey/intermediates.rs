//! Intermediate CAs: the one above renews and rekeys them, and its own new key reaches them.

use std::path::{Path, PathBuf};

use trustpack_e2e::ca::{HostFiles, QUICK_KEY, TestCa, check_call, ledger_serials, newest};
use trustpack_e2e::call::Call;
use trustpack_e2e::chains::{Meeting, assert_trusted};
use trustpack_e2e::{folder, openssl};

use super::{copy, life, retired};

/// An intermediate CA under a root, in a folder beside it.
#[track_caller]
fn sub_of(root: &TestCa, arguments: &[&str]) -> PathBuf {
    let sub = root.dir().parent().unwrap().join("sub");
    Call::trustpack(["ca", "sub", "Sub", "--ca"])
        .arg(root.dir())
        .args(QUICK_KEY)
        .args(arguments)
        .arg("--out")
        .arg(&sub)
        .succeeds();
    sub
}

#[track_caller]
fn issue(sub: &Path, host: &str) -> HostFiles {
    Call::trustpack(["cert", "issue", host, "--ca"])
        .arg(sub)
        .args(QUICK_KEY)
        .succeeds();
    newest(sub, host)
}

#[test]
fn only_the_one_above_renews_it() {
    let root = TestCa::new();
    let sub = sub_of(&root, &[]);
    let before = folder::listing(&sub);
    for verb in ["renew", "rekey"] {
        Call::trustpack(["ca", verb, "--ca"])
            .arg(&sub)
            .refused("intermediate");
        for dir in [&sub, root.dir()] {
            Call::trustpack(["ca", verb, "--parent"])
                .arg(&sub)
                .arg("--ca")
                .arg(dir)
                .refused("is not above");
        }
    }
    folder::assert_unchanged(&sub, &before);
}

#[test]
fn the_one_above_renews_an_intermediate_ca() {
    let root = TestCa::with(&["--key", "ecdsa-p256", "--organization", "Example"]);
    let sub = sub_of(&root, &["--days", "30"]);
    let old = issue(&sub, "old.example.com");
    let parent = root.dir().to_str().unwrap();
    life("renew", &sub, &["--parent", parent, "--days", "300"]);
    let renewed = issue(&sub, "renewed.example.com");
    assert_eq!(openssl::days(&sub.join("ca_conf/ca_cert.pem")), 300);
    life("rekey", &sub, &["--parent", parent, "--key", "ecdsa-p384"]);
    let rekeyed = issue(&sub, "rekeyed.example.com");
    let trusted: &Path = &root.conf("ca_cert.pem");
    let meetings = [&old, &renewed, &rekeyed].map(|host| {
        let sent = &host.certificate;
        (Meeting { trusted, sent }, true)
    });
    assert_trusted(&meetings);
    assert!(!retired(&sub).join("new_by_old.pem").exists());
    assert_eq!(
        ledger_serials(root.dir()).len(),
        3,
        "each is on record above"
    );
    for dir in [&sub, root.dir()] {
        check_call(dir).succeeds().prints("nothing is out of step");
    }
    Call::trustpack(["crl", "create", "--ca"])
        .arg(&sub)
        .succeeds();
}

#[test]
fn intermediates_of_a_rekeyed_root_get_the_crosses_when_they_are_renewed() {
    let root = TestCa::new();
    let sub = sub_of(&root, &[]);
    let old_root = copy(&root, &root.conf("ca_cert.pem"), "old_root.pem");
    life("rekey", root.dir(), &[]);
    life("renew", &sub, &["--parent", root.dir().to_str().unwrap()]);
    let host = issue(&sub, "a.example.com");
    let new_root = root.conf("ca_cert.pem");
    let meeting = |trusted| {
        let sent = &host.certificate;
        (Meeting { trusted, sent }, true)
    };
    assert_trusted(&[meeting(&old_root), meeting(&new_root)]);
    check_call(&sub).succeeds().prints("nothing is out of step");
}
