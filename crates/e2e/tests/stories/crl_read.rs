//! `crl show` and `crl check`.

mod fetched;

use std::fs;
use std::path::Path;

use serde_json::Value;
use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::pki::{Pki, Wish};

use crate::lists::{List, make, serial};

const NOW: &str = "2026-11-21";

fn crl(verb: &str, words: &[&str], folder: &Path) -> Outcome {
    Call::trustpack(["crl", verb])
        .args(words)
        .within(folder)
        .run()
}

#[track_caller]
fn says(outcome: &Outcome, code: i32, parts: &[&str]) {
    assert_eq!(outcome.status.code(), Some(code), "{outcome}");
    let all = format!("{}{}", outcome.stdout, outcome.stderr);
    for part in parts {
        assert!(all.contains(part), "{part:?} is missing in {outcome}");
    }
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn a_list_is_shown() {
    let pki = Pki::new();
    let revoked: Vec<String> = (1..=25).map(|number| format!("AA{number:02X}")).collect();
    let revoked: Vec<_> = revoked
        .iter()
        .map(|one| (one.as_str(), "superseded"))
        .collect();
    make(
        &pki,
        "a.crl",
        List {
            revoked: &revoked,
            ..List::of("root")
        },
    );
    let shown = crl("show", &["a.crl"], pki.dir());
    let parts = [
        "issuer            CN=root",
        "number            07",
        "made              2026-11-01T00:00:00Z",
        "next              2026-12-01T00:00:00Z",
        "extensions        authorityKeyIdentifier, cRLNumber",
        "certificates      25",
        "AA01    2026-10-15T00:00:00Z  superseded",
        "and 5 more; --all shows them",
    ];
    says(&shown, 0, &parts);
    let shown = crl("show", &["a.crl", "--all"], pki.dir());
    says(&shown, 0, &["AA19"]);
    assert!(!shown.stdout.contains("more;"), "{shown}");
    let document = json(&crl("show", &["a.crl", "--json"], pki.dir()));
    let list = &document["lists"][0];
    assert_eq!(list["count"], 25);
    assert_eq!(list["entries"].as_array().map(Vec::len), Some(25));
    assert_eq!(list["entries"][24]["serial"], "AA19");
    assert_eq!(list["entries"][0]["reason"], "superseded");
    assert_eq!(list["unusable"], Value::Null);
    // The same in DER.
    let words = ["crl", "-in", "a.crl", "-outform", "DER", "-out", "a.der"];
    Call::foreign("openssl", words).within(pki.dir()).succeeds();
    assert_eq!(
        json(&crl("show", &["a.der", "--json"], pki.dir())),
        document
    );
}

#[test]
fn a_list_that_nobody_can_use_says_why() {
    let pki = Pki::new();
    let scope = "issuingDistributionPoint=critical,@p\n[p]\nonlyuser=TRUE\nindirectCRL=TRUE";
    make(
        &pki,
        "a.crl",
        List {
            extensions: scope,
            ..List::of("root")
        },
    );
    let shown = crl("show", &["a.crl"], pki.dir());
    says(
        &shown,
        0,
        &[
            "only              certificates of end entities",
            "of no use         it is an indirect list",
        ],
    );
    let checked = crl(
        "check",
        &["a.crl", "--serial", "05", "--at", NOW],
        pki.dir(),
    );
    says(
        &checked,
        1,
        &[
            "wrong         it is an indirect list",
            "the list says nothing about it",
        ],
    );
    for (file, contents) in [
        ("empty", &b""[..]),
        ("text", b"hello"),
        ("cut", &[0x30, 0x82, 1, 0, 0x30]),
    ] {
        fs::write(pki.path(file), contents).unwrap();
        says(
            &crl("show", &[file], pki.dir()),
            1,
            &[&format!("cannot read {file}")],
        );
    }
}

/// A root with a host, another root, and a list of the first that names nobody.
fn with_good_list() -> Pki {
    let pki = Pki::new();
    pki.issue(Wish::host("host", "root"));
    pki.issue(Wish::root("other"));
    make(&pki, "good.crl", List::of("root"));
    pki
}

/// `crl check` in November 2026.
fn check(pki: &Pki, words: &str) -> Outcome {
    let words: Vec<&str> = words.split(' ').chain(["--at", NOW]).collect();
    crl("check", &words, pki.dir())
}

#[test]
fn who_is_on_it() {
    let pki = with_good_list();
    let host = serial(&pki, "host");
    make(
        &pki,
        "bad.crl",
        List {
            revoked: &[(&host, "keyCompromise")],
            ..List::of("root")
        },
    );
    let outcome = check(
        &pki,
        "good.crl --certificate host.pem --serial 0A:0B --trusted-ca root.pem",
    );
    says(
        &outcome,
        0,
        &[
            "signature     verified",
            "0A0B          not on the list",
            "not on the list (\"CN=host\")",
        ],
    );
    let outcome = check(
        &pki,
        "bad.crl --certificate host.pem --json --trusted-ca root.pem",
    );
    says(&outcome, 1, &[]);
    let document = json(&outcome);
    assert_eq!(document["signature"], "verified");
    assert_eq!(document["asked"][0]["state"], "revoked");
    assert_eq!(document["asked"][0]["reason"], "keyCompromise");
    assert_eq!(document["good"], false);
}

#[test]
fn is_it_fresh_and_whose_is_it() {
    let pki = with_good_list();
    make(
        &pki,
        "forged.crl",
        List {
            key: "other",
            ..List::of("root")
        },
    );
    for (words, code, part) in [
        ("good.crl", 1, "wrong         nobody knows who made it"),
        ("good.crl --unverified", 0, "signature     not verified"),
        (
            "good.crl --trusted-ca other.pem",
            1,
            "its issuer is \"CN=root\", of whom no certificate is given",
        ),
        (
            "good.crl --certificate other.pem",
            1,
            "the list says nothing about it: its issuer is \"CN=other\"",
        ),
        (
            "forged.crl --trusted-ca root.pem",
            1,
            "its signature matches no key",
        ),
    ] {
        says(&check(&pki, words), code, &[part]);
    }
    let late = crl("check", &["good.crl", "--at", "2026-12-02"], pki.dir());
    let due = "wrong         the next one was due on 2026-12-01T00:00:00Z";
    says(&late, 1, &[due]);
}

#[test]
fn of_two_in_a_file_the_certificate_says_which() {
    let pki = with_good_list();
    let good = fs::read_to_string(pki.path("good.crl")).unwrap();
    make(&pki, "other.crl", List::of("other"));
    let both = good + &fs::read_to_string(pki.path("other.crl")).unwrap();
    fs::write(pki.path("both.crl"), both).unwrap();
    says(&check(&pki, "both.crl"), 1, &["holds 2 revocation lists"]);
    says(
        &check(&pki, "both.crl --certificate other.pem --unverified"),
        0,
        &["issuer        CN=other"],
    );
}

#[test]
fn the_list_of_our_own_ca() {
    let ca = TestCa::new();
    let issued = ca.issue("a.example.com", &[]);
    let other = ca.issue("b.example.com", &[]);
    let run = |words: &[&str]| Call::trustpack(words).within(ca.dir()).run();
    says(
        &run(&["cert", "revoke", &issued.serial, "--reason", "superseded"]),
        0,
        &[],
    );
    says(&run(&["crl", "create"]), 0, &[]);
    let check = |serial: &str| {
        run(&[
            "crl",
            "check",
            "ca_conf/crl.pem",
            "--ca",
            ".",
            "--serial",
            serial,
        ])
    };
    says(
        &check(&issued.serial),
        1,
        &["signature     verified", "(superseded)"],
    );
    says(&check(&other.serial), 0, &["not on the list"]);
}
