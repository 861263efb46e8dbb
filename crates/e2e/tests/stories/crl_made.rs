//! Making lists and publishing them: what stays on them, their numbers, what is due.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use serde_json::Value;
use trustpack_e2e::ca::{HostFiles, TestCa};
use trustpack_e2e::call::Call;
use trustpack_e2e::lists::{self, crl, revoke};
use trustpack_e2e::{folder, openssl};

pub(crate) fn ledger(ca: &TestCa) -> String {
    fs::read_to_string(ca.conf("ca.db")).unwrap()
}

/// Runs a call that must be refused with these words, and change nothing.
#[track_caller]
pub(crate) fn check_refused(ca: &TestCa, call: Call, words: &[&str]) {
    let before = folder::listing(ca.dir());
    let outcome = call.exits_with(1);
    words
        .iter()
        .fold(outcome, |outcome, words| outcome.says(words));
    folder::assert_unchanged(ca.dir(), &before);
}

/// `R`, ended long ago, in a ledger with one certificate of ours.
fn with_an_ended_revocation(ca: &TestCa) -> HostFiles {
    let host = ca.issue("a.example.com", &[]);
    let ended = "R\t200101000000Z\t190101000000Z\t0A\tunknown\t/CN=old.example.com\n";
    fs::write(ca.conf("ca.db"), format!("{ended}{}", ledger(ca))).unwrap();
    host
}

#[test]
fn what_has_ended_is_on_one_more_list() {
    let ca = TestCa::new();
    with_an_ended_revocation(&ca);
    crl(&ca, &["create"]).succeeds().prints("1 certificate");
    crl(&ca, &["create"]).succeeds().prints("0 certificates");
    crl(&ca, &["create"]).succeeds().prints("0 certificates");
    // Without the list before nobody knows whether it was on one.
    fs::remove_file(ca.conf("crl.pem")).unwrap();
    crl(&ca, &["create"]).succeeds().prints("1 certificate");
    fs::write(ca.conf("crl.pem"), "nonsense").unwrap();
    crl(&ca, &["create"])
        .succeeds()
        .prints("1 certificate")
        .says("cannot be read");
    let other = TestCa::new();
    crl(&other, &["create"]).succeeds();
    fs::copy(other.conf("crl.pem"), ca.conf("crl.pem")).unwrap();
    crl(&ca, &["create"])
        .succeeds()
        .prints("1 certificate")
        .says("was not signed by this key");
}

#[test]
fn numbers_only_rise() {
    let ca = TestCa::new();
    let number = || lists::number(&ca.conf("crl.pem"), &ca.conf("ca_cert.pem"));
    crl(&ca, &["create"]).succeeds().prints("CRL 01 ");
    fs::write(ca.conf("crl_number"), "0100\n").unwrap();
    crl(&ca, &["create"]).succeeds();
    assert_eq!(number(), 0x100);
    // An older folder was put back, but for the list.
    fs::write(ca.conf("crl_number"), "05\n").unwrap();
    crl(&ca, &["create"])
        .succeeds()
        .says("the next number was to be 05");
    assert_eq!(number(), 0x101);
    fs::remove_file(ca.conf("crl_number")).unwrap();
    crl(&ca, &["create"]).succeeds();
    assert_eq!(number(), 0x102);
    assert_eq!(fs::read_to_string(ca.conf("crl_number")).unwrap(), "0103\n");
    fs::write(ca.conf("crl_number"), "one\n").unwrap();
    check_refused(
        &ca,
        crl(&ca, &["create"]),
        &["crl_number holds no number", "\"one\""],
    );
    fs::write(ca.conf("crl_number"), "7".repeat(40)).unwrap();
    crl(&ca, &["create"]).succeeds();
    fs::write(ca.conf("crl_number"), "F".repeat(40)).unwrap();
    check_refused(
        &ca,
        crl(&ca, &["create"]),
        &["crl_number holds no number", "less than 2^159"],
    );
}

#[test]
fn a_timer_makes_what_is_due() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let due = || crl(&ca, &["create", "--if-due"]).succeeds();
    due().prints("CRL 01 ").prints("there was none");
    let list = fs::read(ca.conf("crl.pem")).unwrap();
    due().prints("CRL 01 is good; the next one is due on 20");
    assert_eq!(fs::read(ca.conf("crl.pem")).unwrap(), list);
    assert_eq!(fs::read_to_string(ca.conf("crl_number")).unwrap(), "02\n");
    revoke(&ca, &[&host.serial, "--reason", "certificateHold"]).succeeds();
    due().prints("CRL 02 ").prints("the ledger has changed");
    due().prints("CRL 02 is good");
    revoke(&ca, &[&host.serial, "--reason", "superseded"]).succeeds();
    due().prints("CRL 03 ");
    // An ended certificate that has left the list is no change.
    let other = TestCa::new();
    with_an_ended_revocation(&other);
    for number in ["01", "02"] {
        crl(&other, &["create"]).succeeds().prints(number);
    }
    crl(&other, &["create", "--if-due"])
        .succeeds()
        .prints("CRL 02 is good");
    // A list of OpenSSL that is over at once.
    Call::foreign("openssl", openssl::CA)
        .args(["-gencrl", "-crlsec", "1", "-out", "ca_conf/crl.pem"])
        .within(ca.dir())
        .succeeds();
    let json = crl(&ca, &["create", "--if-due", "--json"])
        .succeeds()
        .stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["lists"][0]["made"], true, "{json}");
}

#[test]
fn ca_conf_and_the_command_line_say_how_long() {
    let ca = TestCa::new();
    let conf = fs::read_to_string(ca.conf("ca.conf")).unwrap();
    let days = |arguments: &[&str]| -> i64 {
        let json = crl(&ca, &["create", "--json"])
            .args(arguments)
            .succeeds()
            .stdout;
        let json: Value = serde_json::from_str(&json).unwrap();
        let unix = |key: &str| -> i64 {
            let time = json["lists"][0][key].as_str().unwrap().to_owned();
            let shown = Call::foreign("date", ["-u", "+%s", "-d", &time]).succeeds();
            shown.stdout.trim().parse().unwrap()
        };
        (unix("next_update") - unix("this_update")) / 86_400
    };
    assert_eq!(days(&[]), 30);
    assert_eq!(days(&["--days", "3"]), 3);
    fs::write(
        ca.conf("ca.conf"),
        conf.replace("default_crl_days = 30", "default_crl_days = 9"),
    )
    .unwrap();
    assert_eq!(days(&[]), 9);
    assert_eq!(days(&["--days", "3"]), 3);
    crl(&ca, &["create", "--days", "0"]).exits_with(2);
}

#[test]
fn lists_are_published_for_readers() {
    let ca = TestCa::new();
    let web = folder::temporary();
    let to = web.path().to_str().unwrap();
    check_refused(
        &ca,
        crl(&ca, &["publish", "--to", to]),
        &["there is no ", "crl.pem yet"],
    );
    crl(&ca, &["create"]).succeeds();
    let first = fs::read(ca.conf("crl.pem")).unwrap();
    crl(&ca, &["publish", "--to", "/nonexistent"]).refused("/nonexistent is no folder");
    crl(&ca, &["publish", "--to", to, "--name", "../x"]).exits_with(2);
    crl(&ca, &["publish", "--to", to])
        .succeeds()
        .prints("crl.crl");
    crl(&ca, &["publish", "--to", to])
        .succeeds()
        .prints("was there already");
    crl(&ca, &["create"]).succeeds();
    crl(&ca, &["publish", "--to", to]).succeeds();
    let published: Vec<_> = folder::listing(web.path()).into_keys().collect();
    assert_eq!(published, [Path::new("crl.crl"), Path::new("crl.pem")]);
    for name in ["crl.crl", "crl.pem"] {
        let path = web.path().join(name);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o644
        );
        assert_eq!(lists::number(&path, &ca.conf("ca_cert.pem")), 2);
    }
    let before = folder::listing(web.path());
    fs::write(ca.conf("crl.pem"), &first).unwrap();
    crl(&ca, &["publish", "--to", to])
        .refused("has the number 02")
        .says("has 01, and numbers only rise");
    let long_ago = [
        "-crl_lastupdate",
        "20200101000000Z",
        "-crl_nextupdate",
        "20200102000000Z",
    ];
    Call::foreign("openssl", openssl::CA)
        .args(["-gencrl", "-out", "ca_conf/crl.pem"])
        .args(long_ago)
        .within(ca.dir())
        .succeeds();
    crl(&ca, &["publish", "--to", to]).refused("should have been replaced on 2020-01-02T00:00:00Z");
    let other = folder::temporary();
    Call::trustpack(["ca", "create", "Other CA", "--key", "ecdsa-p256"])
        .within(other.path())
        .succeeds();
    Call::trustpack(["crl", "create"])
        .within(other.path())
        .succeeds();
    Call::trustpack(["crl", "publish", "--to", to])
        .within(other.path())
        .refused("is a list of CN=Example CA; this one is of CN=Other CA");
    fs::write(ca.conf("crl.pem"), "nonsense").unwrap();
    crl(&ca, &["publish", "--to", to]).refused("crl.pem is no revocation list");
    folder::assert_unchanged(web.path(), &before);
}

#[test]
fn what_is_in_the_way_is_not_cured_by_another_list() {
    let ca = TestCa::new();
    let web = folder::temporary();
    let to = web.path().to_str().unwrap();
    fs::write(web.path().join("other.crl"), "a letter").unwrap();
    crl(&ca, &["create"]).succeeds();
    crl(&ca, &["publish", "--to", to, "--name", "other"])
        .refused("other.crl is no list that can be read")
        .says("hint: take it away, or publish under another name");
    fs::remove_file(web.path().join("other.crl")).unwrap();
    symlink("/dev/null", web.path().join("pipe.crl")).unwrap();
    crl(&ca, &["publish", "--to", to, "--name", "pipe"])
        .refused("it is no regular file")
        .says("hint: see what is at that path");
}

#[test]
fn a_copy_goes_where_it_is_wanted() {
    let ca = TestCa::new();
    let folder = folder::temporary();
    for (name, more) in [("list.pem", &[][..]), ("list.der", &["--der"])] {
        let path = folder.path().join(name);
        crl(&ca, &["create", "--out"])
            .arg(&path)
            .args(more)
            .succeeds()
            .prints(name);
        let form = if more.is_empty() { "PEM" } else { "DER" };
        Call::foreign("openssl", ["crl", "-noout", "-inform", form, "-in"])
            .arg(&path)
            .succeeds();
    }
    crl(&ca, &["create", "--der"]).exits_with(2);
}
