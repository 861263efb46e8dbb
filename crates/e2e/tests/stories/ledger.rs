//! Looking into the ledger: `cert list`, `cert find`, `ca show`.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;
use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;

/// One certificate of each kind, and names that need care. In 2026 or later.
const LEDGER: &str = "\
V\t20991231235959Z\t\t01\tunknown\t/C=DE/O=Example/CN=stat1.example.com
V\t200101000000Z\t\t02\tunknown\t/CN=old.example.com
R\t20991231235959Z\t200101000000Z,keyTime,20191231000000Z\t03\tunknown\t/CN=stolen.example.com
R\t20991231235959Z\t200101000000Z,certificateHold\t04\tunknown\t/CN=held.example.com
E\t200101000000Z\t\t05\tunknown\t/CN=marked.example.com
# a comment
V\t20991231235959Z\t\t00FF\tunknown\t/O=M\\xC3\\xBCller/CN=stat2.example.com
";

/// A CA whose ledger says this.
fn ca_with(ledger: &str) -> TestCa {
    let ca = TestCa::new();
    fs::write(ca.conf("ca.db"), ledger).unwrap();
    ca
}

fn call(ca: &TestCa, verb: &str, arguments: &[&str]) -> Call {
    Call::trustpack(["cert", verb, "--ca"])
        .arg(ca.dir())
        .args(arguments)
}

/// Serials that `cert list` or `cert find` shows.
#[track_caller]
fn serials(ca: &TestCa, verb: &str, arguments: &[&str]) -> Vec<String> {
    let answer = call(ca, verb, arguments).arg("--json").run();
    let answer: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{answer}"));
    let found = answer
        .pointer("/certificates")
        .and_then(Value::as_array)
        .unwrap()
        .iter();
    found
        .map(|one| {
            one.pointer("/serial")
                .and_then(Value::as_str)
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[test]
fn what_is_asked_for_is_shown() {
    let ca = ca_with(LEDGER);
    for (arguments, want) in [
        (&[][..], &["01", "02", "03", "04", "05", "FF"][..]),
        (&["--state", "valid"], &["01", "FF"]),
        (&["--state", "expired"], &["02", "05"]),
        (&["--state", "revoked,on-hold"], &["03", "04"]),
        (
            &["--state", "valid", "--state", "expired"],
            &["01", "02", "05", "FF"],
        ),
        (&["--serial", "ff"], &["FF"]),
        (&["--serial", "0:00:FF"], &["FF"]),
        (&["--serial", "F"], &[]),
        (&["--subject", "STAT"], &["01", "FF"]),
        (&["--subject", "O=Example"], &["01"]),
        (&["--subject", "MÜLLER"], &[]),
        (&["--subject", "müller"], &["FF"]),
        (&["--subject", "stat?.example.com"], &["01", "FF"]),
        (&["--subject", "stat?"], &[]),
        (&["--subject", "/C=DE/*"], &["01"]),
        (&["--subject", "example.com", "--state", "revoked"], &["03"]),
        (&["--expiring-within", "30"], &[]),
        (&["--expiring-within", "36500"], &["01", "FF"]),
    ] {
        assert_eq!(serials(&ca, "list", arguments), want, "{arguments:?}");
        assert_eq!(serials(&ca, "find", arguments), want, "{arguments:?}");
    }
    call(&ca, "list", &["--state", "gone"])
        .exits_with(2)
        .says("allowed are valid");
    call(&ca, "list", &["--serial", "x"])
        .exits_with(2)
        .says("no serial number");
}

#[test]
fn tables_are_for_people_and_objects_for_programs() {
    let ca = ca_with(LEDGER);
    let table = call(&ca, "list", &[]).succeeds().stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 7, "{table}");
    let start = lines[0].find("subject").unwrap();
    for line in &lines[1..] {
        assert!(line[start..].starts_with('/'), "{table}");
    }
    assert!(lines[3].contains("revoked (keyCompromise)"), "{table}");
    let answer = call(&ca, "list", &["--serial", "03", "--json"])
        .succeeds()
        .stdout;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let want = serde_json::json!({
        "certificates": [{
            "serial": "03",
            "state": "revoked",
            "cross": false,
            "not_after": "2099-12-31T23:59:59Z",
            "revoked_at": "2020-01-01T00:00:00Z",
            "reason": "keyCompromise",
            "invalid_since": "2019-12-31T00:00:00Z",
            "subject": "/CN=stolen.example.com",
            "line": 3,
            "successor": null,
        }],
        "unreadable": [],
    });
    assert_eq!(answer, want);
    let none = call(&ca, "list", &["--subject", "nothing", "--json"])
        .succeeds()
        .stdout;
    let none: Value = serde_json::from_str(&none).unwrap();
    assert_eq!(
        none,
        serde_json::json!({"certificates": [], "unreadable": []})
    );
}

#[test]
fn names_are_found_in_the_certificates_themselves() {
    let ca = TestCa::new();
    let host = ca.issue(
        "a.example.com",
        &["--san", "other.example.com", "--ip", "10.0.0.7"],
    );
    let wildcard = ca.issue("b.example.com", &["--san", "*.wild.example.com"]);
    for (what, want) in [
        (&["a.example"][..], Some(&host)),
        (&["other.example.com"], Some(&host)),
        (&["10.0.0.7"], Some(&host)),
        (&["--san", "OTHER.example.com"], Some(&host)),
        (&["--san", "other.*"], Some(&host)),
        (&["any.wild.example.com"], Some(&wildcard)),
        (&[host.serial.as_str()], Some(&host)),
        (&["--san", "nothing.example.com"], None),
        (&["nothing"], None),
        (&["--san", "other.example.com", "--state", "revoked"], None),
    ] {
        let found = call(&ca, "find", what).run();
        assert_eq!(
            found.status.code(),
            Some(i32::from(want.is_none())),
            "{found}"
        );
        assert_eq!(
            found.stdout.contains(&host.serial),
            want.is_some_and(|w| w.serial == host.serial)
        );
        assert_eq!(
            found.stdout.contains(&wildcard.serial),
            want.is_some_and(|w| w.serial == wildcard.serial)
        );
    }
    // Without its copy nobody knows what names a certificate has.
    fs::remove_file(&host.ledger_copy).unwrap();
    call(&ca, "find", &["--san", "other.example.com"])
        .refused("no certificate was found")
        .says(&host.serial);
    call(&ca, "find", &["--san", "any.wild.example.com"])
        .exits_with(1)
        .prints(&wildcard.serial)
        .says(&host.serial);
}

#[test]
fn a_line_that_is_wrong_is_named_and_hides_no_other() {
    let ca = ca_with(&format!(
        "{LEDGER}V\tnever\t\t06\tunknown\t/CN=x\nnonsense\nV\t20991231235959Z\t\t07\tunknown\t/CN=last\n"
    ));
    let shown = call(&ca, "list", &[]).exits_with(1);
    let shown = shown.prints("/CN=stat1").prints("/CN=last");
    let shown = shown
        .says("line 8 of ")
        .says("column 3: \"never\" is no time");
    shown
        .says("line 9 of ")
        .says("it has 1 fields between tabs; allowed are 6");
    assert_eq!(serials(&ca, "list", &["--subject", "last"]), ["07"]);
    let revoke = Call::trustpack(["cert", "revoke", "06", "--ca"]).arg(ca.dir());
    revoke.refused("no certificate with the serial 06; line 8, 9 cannot be read");
    // Nobody knows whether one of these was revoked.
    let list = Call::trustpack(["crl", "create", "--ca"]).arg(ca.dir());
    list.refused("it may be a revocation").says("line 8 of ");
    assert!(!ca.conf("crl.pem").exists());
    // Revoking another leaves the wrong lines alone.
    let revoke = Call::trustpack(["cert", "revoke", "07", "--ca"]).arg(ca.dir());
    revoke.succeeds();
    let ledger = fs::read_to_string(ca.conf("ca.db")).unwrap();
    assert!(
        ledger.contains("# a comment\n") && ledger.contains("\nnonsense\nR\t"),
        "{ledger}"
    );
    fs::remove_file(ca.conf("ca.db")).unwrap();
    call(&ca, "list", &[]).refused("ca.db");
}

/// A ledger that is longer than any block that is read at a time.
#[test]
fn the_last_of_many_is_found() {
    let mut ledger = String::new();
    for line in 1..=50_000 {
        writeln!(
            ledger,
            "V\t20991231235959Z\t\t{line:08X}\tunknown\t/CN=host{line}.example.com"
        )
        .unwrap();
    }
    let ca = ca_with(&ledger);
    assert_eq!(serials(&ca, "find", &["host49999.example"]), ["C34F"]);
    let all = call(&ca, "list", &[]).succeeds().stdout;
    assert_eq!(all.lines().count(), 50_001);
    let shown = Call::trustpack(["ca", "show", "--ca"])
        .arg(ca.dir())
        .succeeds();
    shown.prints("50000: 50000 valid");
}

#[test]
fn a_ca_says_what_it_is_and_has() {
    let ca = ca_with(LEDGER);
    let show = |arguments: &[&str]| {
        Call::trustpack(["ca", "show", "--ca"])
            .arg(ca.dir())
            .args(arguments)
            .succeeds()
    };
    let shown = show(&[])
        .prints("CN=Example CA")
        .prints("root")
        .prints("EC P-256");
    shown
        .prints("6: 2 valid, 2 expired, 1 revoked, 1 on hold")
        .prints("missing");
    Call::trustpack(["crl", "create", "--ca"])
        .arg(ca.dir())
        .succeeds();
    let shown: Value = serde_json::from_str(&show(&["--json"]).stdout).unwrap();
    assert_eq!(shown["subject"], "CN=Example CA");
    assert_eq!(shown["issued"]["total"], 6);
    assert_eq!(shown["issued"]["on_hold"], 1);
    assert_eq!(shown["next_serial"], Value::Null);
    assert_eq!(shown["next_crl_number"], "02");
    assert_eq!(shown["lists"][0]["state"], "fresh");
    assert_eq!(shown["lists"][0]["number"], "01");
    assert_eq!(shown["lists"][0]["count"], 2);
}
