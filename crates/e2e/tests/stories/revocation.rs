//! Revoking: what is refused, what goes at once, and what is lifted.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use trustpack_e2e::ca::TestCa;
use trustpack_e2e::lists::{self, crl, revoke};

use crate::crl_made::{check_refused, ledger};

#[test]
fn what_cannot_be_revoked_is_named() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let serial = host.serial.as_str();
    let check = |arguments: &[&str], words: &[&str]| {
        check_refused(&ca, revoke(&ca, arguments), words);
    };
    check(
        &["4711"],
        &[
            "no certificate with the serial 4711",
            "hint: `trustpack cert list`",
        ],
    );
    check(&[serial, "4711"], &["no certificate with the serial 4711"]);
    check(&["nothing.pem"], &["neither a file nor a serial number"]);
    check(
        &[serial, "--reason", "removeFromCRL"],
        &["hint: use --lift"],
    );
    check(&[serial, "--lift"], &["is not on hold, but not revoked"]);
    check(
        &[serial, "--at", "2999-01-01"],
        &["2999-01-01T00:00:00Z has not come yet"],
    );
    check(
        &[serial, "--invalid-since", "2999-01-01"],
        &["has not come yet"],
    );
    let late = ["--at", "2020-01-01", "--invalid-since", "2020-01-02"];
    check(&[&[serial], &late[..]].concat(), &["after the revocation"]);
    let other = TestCa::new();
    let stranger = other.issue("a.example.com", &[]);
    // The same name, another key.
    let file = stranger.certificate.to_str().unwrap();
    check(&[file], &["no key of this CA signed it"]);
    let own = ca.conf("ca_cert.pem");
    check(
        &[own.to_str().unwrap()],
        &["no certificate with the serial"],
    );
    check(&[host.key.to_str().unwrap()], &["holds no certificate"]);
    revoke(&ca, &[serial, "--reason", "because"])
        .exits_with(2)
        .says("no reason for a revocation");
    revoke(&ca, &[]).exits_with(2);
    revoke(
        &ca,
        &[serial, "--reason", "superseded", "--at", "2026-01-02"],
    )
    .succeeds();
    check(
        &[serial],
        &["was revoked on 2026-01-02T00:00:00Z (superseded)"],
    );
    check(
        &[serial, "--lift"],
        &["is not on hold, but revoked (superseded)"],
    );
}

#[test]
fn several_are_revoked_at_once_by_serial_or_file() {
    let ca = TestCa::new();
    let [a, b, c] = ["a", "b", "c"].map(|name| ca.issue(&format!("{name}.example.com"), &[]));
    fs::set_permissions(ca.conf("ca.db"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(ca.conf("ca.db.attr"), "unique_subject = no\n").unwrap();
    let file = c.certificate.to_str().unwrap();
    let answer = revoke(&ca, &[&a.serial.to_lowercase(), file, "--crl", "--json"]).succeeds();
    let answer: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(answer["certificates"][1]["serial"], c.serial.as_str());
    assert_eq!(answer["certificates"][1]["was"], "valid");
    assert_eq!(answer["certificates"][1]["state"], "revoked");
    assert_eq!(answer["lists"][0]["count"], 2);
    assert_eq!(
        lists::serials(&ca.conf("crl.pem")),
        [a.serial.clone(), c.serial.clone()]
    );
    for (host, revoked) in [(&a, true), (&b, false), (&c, true)] {
        lists::assert_judged(
            &ca.conf("ca_cert.pem"),
            &ca.conf("crl.pem"),
            &host.certificate,
            revoked,
        );
    }
    let mode = fs::metadata(ca.conf("ca.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        fs::read_to_string(ca.conf("ca.db.attr")).unwrap(),
        "unique_subject = no\n"
    );
    ca.assert_in_order();
}

#[test]
fn a_hold_is_lifted_or_becomes_final() {
    let ca = TestCa::new();
    let [a, b] = ["a", "b"].map(|name| ca.issue(&format!("{name}.example.com"), &[]));
    let before = ledger(&ca);
    let both = [a.serial.as_str(), b.serial.as_str()];
    let hold = ["--reason", "certificateHold", "--at", "2026-01-02"];
    revoke(&ca, &[&both[..], &hold].concat())
        .succeeds()
        .prints("is on-hold");
    check_refused(
        &ca,
        revoke(&ca, &[&both[..], &hold].concat()),
        &[
            "has been on hold since 2026-01-02T00:00:00Z",
            "hint: --lift takes it off hold",
        ],
    );
    crl(&ca, &["create"]).succeeds();
    assert!(lists::text(&ca.conf("crl.pem")).contains("Certificate Hold"));
    revoke(&ca, &[&both[..], &["--lift", "--crl"]].concat())
        .succeeds()
        .prints("is valid");
    assert_eq!(ledger(&ca), before);
    assert_eq!(lists::serials(&ca.conf("crl.pem")), [""; 0]);
    revoke(&ca, &[&both[..], &hold].concat()).succeeds();
    revoke(&ca, &[&a.serial, "--reason", "keyCompromise"]).succeeds();
    // It has not been good since it was put on hold.
    assert!(
        ledger(&ca).contains("\t260102000000Z,keyCompromise\t"),
        "{}",
        ledger(&ca)
    );
    check_refused(
        &ca,
        revoke(&ca, &[&a.serial, "--lift"]),
        &["is not on hold, but revoked (keyCompromise)"],
    );
}
