//! `ca rekey` and `ca renew`: nobody loses trust.
//!
//! OpenSSL, GnuTLS, Java and our judge say who accepts what.

mod handshakes;
mod intermediates;
mod meanwhile;
mod renewed;
mod revoked;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use trustpack_e2e::ca::{QUICK_KEY, TestCa, check_call, newest};
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::chains::{Meeting, assert_linted, assert_trusted};
use trustpack_e2e::{folder, openssl};

#[track_caller]
fn life(verb: &str, dir: &Path, arguments: &[&str]) -> Outcome {
    Call::trustpack(["ca", verb, "--ca"])
        .arg(dir)
        .args(arguments)
        .succeeds()
}

/// The one folder of a replaced key; of several, the first by name.
#[track_caller]
fn retired(dir: &Path) -> PathBuf {
    let all = fs::read_dir(dir.join("ca_conf/retired")).unwrap();
    let mut all: Vec<PathBuf> = all.map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all.remove(0)
}

/// A copy beside the CA directory, which stays as it is.
#[track_caller]
fn copy(ca: &TestCa, from: &Path, name: &str) -> PathBuf {
    let to = ca.dir().parent().unwrap().join(name);
    fs::copy(from, &to).unwrap();
    to
}

fn meeting<'f>(trusted: &'f Path, sent: &'f Path) -> Meeting<'f> {
    Meeting { trusted, sent }
}

#[test]
fn every_peer_accepts_every_host_after_a_rekey() {
    for (old_key, new_key) in [
        ("ecdsa-p256", "rsa-2048"),
        ("rsa-2048", "ed25519"),
        ("ecdsa-p384", "ecdsa-p256"),
    ] {
        let ca = TestCa::with(&["--key", old_key]);
        let old = ca.issue("old.example.com", &[]);
        let [old_root, old_alone] = [
            copy(&ca, &ca.conf("ca_cert.pem"), "old_root.pem"),
            copy(&ca, &old.certificate, "old_alone.pem"),
        ];
        life("rekey", ca.dir(), &["--key", new_key]);
        let new = ca.issue("new.example.com", &[]);
        let new_root = ca.conf("ca_cert.pem");
        assert_trusted(&[
            (meeting(&old_root, &old.certificate), true),
            (meeting(&old_root, &new.certificate), true),
            (meeting(&new_root, &old.certificate), true),
            (meeting(&new_root, &new.certificate), true),
            // What the crosses are for.
            (meeting(&new_root, &old_alone), false),
            (meeting(&old_root, &new.ledger_copy), false),
        ]);
        let kept = retired(ca.dir());
        let [new_by_old, old_by_new] =
            ["new_by_old.pem", "old_by_new.pem"].map(|name| kept.join(name));
        assert_linted(&[
            (&new_root, &new_root),
            (&old_root, &new_by_old),
            (&new_root, &old_by_new),
            (&new_by_old, &new.certificate),
            (&old_by_new, &old.certificate),
        ]);
        check_call(ca.dir())
            .succeeds()
            .prints("nothing is out of step");
    }
}

#[test]
fn a_key_that_was_replaced_twice_ago_is_not_forgotten() {
    let ca = TestCa::new();
    let first = ca.issue("first.example.com", &[]);
    let first_root = copy(&ca, &ca.conf("ca_cert.pem"), "first.pem");
    life("rekey", ca.dir(), &[]);
    let second = ca.issue("second.example.com", &[]);
    let second_root = copy(&ca, &ca.conf("ca_cert.pem"), "second.pem");
    let told = life("rekey", ca.dir(), &["--key", "ecdsa-p384"]);
    let third = ca.issue("third.example.com", &[]);
    let third_root = ca.conf("ca_cert.pem");
    let roots = [&first_root, &second_root, &third_root];
    let mut all: Vec<(Meeting<'_>, bool)> = Vec::new();
    for root in roots {
        all.push((meeting(root, &first.certificate), true));
        all.push((meeting(root, &third.certificate), true));
    }
    // One list of certificates cannot lead Java both ways: a host of the middle key sends the way ahead.
    all.push((meeting(&second_root, &second.certificate), true));
    all.push((meeting(&third_root, &second.certificate), true));
    all.push((meeting(&first_root, &second.certificate), false));
    assert_trusted(&all);
    told.says("got a new key before");
    check_call(ca.dir())
        .succeeds()
        .prints("nothing is out of step");
    let lists = Call::trustpack(["crl", "create", "--json", "--ca"])
        .arg(ca.dir())
        .succeeds();
    let lists: Value = serde_json::from_str(&lists.stdout).unwrap();
    assert_eq!(lists["lists"].as_array().map(Vec::len), Some(3));
}

#[test]
fn the_old_key_stays_as_protected_as_it_was() {
    let folder = folder::temporary();
    let [password, dir] = ["password", "ca"].map(|name| folder.path().join(name));
    fs::write(&password, "correct horse\n").unwrap();
    Call::trustpack(["ca", "create", "Example CA", "--ca"])
        .arg(&dir)
        .args(QUICK_KEY)
        .arg("--ca-password-file")
        .arg(&password)
        .succeeds();
    let old_key = fs::read(dir.join("ca_conf/ca_priv_key.pem")).unwrap();
    Call::trustpack(["ca", "rekey", "--ca"])
        .arg(&dir)
        .refused("encrypted");
    Call::trustpack(["ca", "rekey", "--ca"])
        .arg(&dir)
        .arg("--ca-password-file")
        .arg(&password)
        .succeeds();
    let kept = retired(&dir).join("ca_priv_key.pem");
    assert_eq!(fs::read(&kept).unwrap(), old_key);
    for key in [kept, dir.join("ca_conf/ca_priv_key.pem")] {
        let mode = fs::metadata(&key).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode, 0o400, "{}", key.display());
        let open = |password: &str| {
            Call::foreign("openssl", ["pkey", "-noout", "-passin"])
                .arg(format!("pass:{password}"))
                .arg("-in")
                .arg(&key)
                .run()
        };
        assert!(open("correct horse").status.success());
        assert!(!open("wrong").status.success());
    }
    let mode = fs::metadata(dir.join("ca_conf/retired")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o7777, 0o700);
    Call::trustpack(["crl", "create", "--ca"])
        .arg(&dir)
        .arg("--ca-password-file")
        .arg(&password)
        .succeeds();
}

#[test]
fn openssl_goes_on_after_a_rekey() {
    let ca = TestCa::new();
    ca.issue("old.example.com", &[]);
    life("rekey", ca.dir(), &["--key", "rsa-2048"]);
    openssl::request(ca.dir(), "request", "other.example.com");
    Call::foreign("openssl", openssl::CA)
        .args(["-batch", "-in", "request.csr", "-out", "other.pem"])
        .within(ca.dir())
        .succeeds();
    openssl::verify(&ca.conf("ca_cert.pem"), &[], &ca.dir().join("other.pem")).succeeds();
    let serial = newest(ca.dir(), "other").serial;
    Call::trustpack(["cert", "revoke", &serial, "--ca"])
        .arg(ca.dir())
        .succeeds();
    Call::trustpack(["crl", "create", "--ca"])
        .arg(ca.dir())
        .succeeds();
    Call::foreign("openssl", ["crl", "-noout", "-text", "-in"])
        .arg(ca.conf("crl.pem"))
        .succeeds()
        .prints(&serial);
}

#[test]
fn a_file_that_its_owner_changed_is_left() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let other = TestCa::new();
    let mut text = fs::read(&host.certificate).unwrap();
    text.extend(fs::read(other.conf("ca_cert.pem")).unwrap());
    fs::write(&host.certificate, &text).unwrap();
    let told = life("rekey", ca.dir(), &["--json"]);
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!((&told["refreshed"], &told["left"]), (&0.into(), &1.into()));
    assert_eq!(fs::read(&host.certificate).unwrap(), text);
}
