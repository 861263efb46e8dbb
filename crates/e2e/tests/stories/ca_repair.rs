//! `ca check --repair`: each fault is named, nothing is lost, and OpenSSL goes on with what was mended.

use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use trustpack_e2e::base_ca::{BaseCa, state_of};
use trustpack_e2e::ca::{assert_in_order, check_call, ledger_serials};
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::folder;
use trustpack_e2e::openssl;

fn base() -> BaseCa {
    BaseCa::with_hosts(&["a.example.com", "b.example.com"])
}

fn ledger(dir: &Path) -> String {
    fs::read_to_string(dir.join("ca_conf/ca.db")).unwrap()
}

fn set_ledger(dir: &Path, text: &str) {
    fs::write(dir.join("ca_conf/ca.db"), text).unwrap();
}

#[track_caller]
fn repair(dir: &Path) -> Outcome {
    check_call(dir)
        .arg("--repair")
        .succeeds()
        .prints("nothing is out of step")
}

/// OpenSSL loads the ledger, and finds the certificate as it should be.
#[track_caller]
fn assert_openssl_says(dir: &Path, serial: &str, status: &str) {
    Call::foreign("openssl", openssl::CA)
        .args(["-status", serial])
        .within(dir)
        .run()
        // It ends with 1 whatever the status is.
        .says(&format!("{serial}={status}"));
}

#[test]
fn a_ledger_with_a_broken_line() {
    let base = base();
    let dir = base.dir();
    let whole = ledger(&dir);
    let serial = ledger_serials(&dir).remove(0);
    set_ledger(&dir, &whole.replacen("V\t2", "V\tyesterday", 1));
    check_call(&dir)
        .exits_with(1)
        .prints("error[TP6009]: line 1 is no line of a ledger: column 3");
    let before = folder::listing(&dir);
    check_call(&dir)
        .args(["--repair", "--dry-run"])
        .exits_with(1)
        .prints("to be mended[TP6009]: line 1, made anew from")
        .prints("1 to be mended; nothing else is out of step");
    folder::assert_unchanged(&dir, &before);
    repair(&dir).prints("mended[TP6009]: line 1, made anew from");
    assert_eq!(ledger(&dir), whole);
    assert_openssl_says(&dir, &serial, "Valid (V)");
    let kept = fs::read_dir(dir.join("ca_conf/mended"))
        .unwrap()
        .next()
        .unwrap();
    let kept = fs::read_to_string(kept.unwrap().path().join("ca.db")).unwrap();
    assert!(kept.contains("yesterday"));
}

#[test]
fn a_ledger_that_lost_its_last_line() {
    let base = base();
    let dir = base.dir();
    let whole = ledger(&dir);
    let lost = ledger_serials(&dir).pop().unwrap();
    let first = whole.split_inclusive('\n').next().unwrap();
    set_ledger(&dir, first);
    check_call(&dir).succeeds().prints("warning[TP6015]");
    check_call(&dir)
        .arg("--repair")
        .exits_with(1)
        .prints("mended[TP6015]: its line put back into the ledger, on hold, since it may have been revoked")
        .prints("error[TP6024]: certificates whose lost line comes back on hold, since each may have been revoked: 1;")
        .prints("`trustpack cert revoke SERIAL --lift`");
    assert_openssl_says(&dir, &lost, "Revoked (R)");
    base.run(&["cert", "revoke", &lost, "--lift"], &[]);
    assert_eq!(ledger(&dir), whole);
    assert_openssl_says(&dir, &lost, "Valid (V)");
    // Torn: who finds it by issuing learns what mends it.
    set_ledger(&dir, &format!("{whole}V\t27"));
    Call::trustpack(["cert", "issue", "c.example.com", "--ca"])
        .arg(&dir)
        .refused("with --repair it mends what can be mended");
    check_call(&dir)
        .exits_with(1)
        .says("`trustpack ca check --repair --dry-run` says what of it can be mended");
    // Without its line break OpenSSL would pass over it.
    set_ledger(&dir, whole.trim_end());
    check_call(&dir).exits_with(1).prints("error[TP6017]");
    repair(&dir).prints("mended[TP6017]");
    assert_openssl_says(&dir, &lost, "Valid (V)");
}

#[test]
fn a_lost_ledger_comes_back_with_a_warning() {
    let base = base();
    let dir = base.dir();
    let serials = ledger_serials(&dir);
    let hold = ["--reason", "certificateHold"];
    base.run(&["cert", "revoke", &serials[0], "--crl"], &hold);
    let revoked_later = ["--reason", "keyCompromise"];
    base.run(&["cert", "revoke", &serials[1]], &revoked_later);
    set_ledger(&dir, "");
    check_call(&dir)
        .arg("--repair")
        .exits_with(1)
        .prints("error[TP6024]")
        .prints("2 mended; 2 findings");
    // The list has the hold; it is older than the other one, which is on hold since nobody knows.
    assert_eq!(state_of(&dir, &serials[0]), 'R');
    assert_eq!(state_of(&dir, &serials[1]), 'R');
    set_ledger(&dir, "");
    fs::remove_file(dir.join("ca_conf/crl.pem")).unwrap();
    check_call(&dir)
        .arg("--repair")
        .exits_with(1)
        .prints("warning[TP6023]")
        .prints("no revocation list is here");
    assert_eq!(state_of(&dir, &serials[0]), 'R');
}

#[test]
fn a_ledger_from_before_a_revocation() {
    let base = base();
    let dir = base.dir();
    let old = ledger(&dir);
    let serial = ledger_serials(&dir).remove(1);
    base.run(
        &["cert", "revoke", &serial, "--crl"],
        &["--reason", "superseded"],
    );
    let revoked = ledger(&dir);
    set_ledger(&dir, &old);
    check_call(&dir)
        .exits_with(1)
        .prints("error[TP6018]: it names");
    repair(&dir).prints("mended[TP6018]");
    assert_eq!(ledger(&dir), revoked);
    assert_eq!(state_of(&dir, &serial), 'R');
    assert_openssl_says(&dir, &serial, "Revoked (R)");
}

#[test]
fn numbers_that_went_back() {
    let base = base();
    let dir = base.dir();
    let conf = |name: &str| dir.join("ca_conf").join(name);
    fs::write(conf("serial.num"), "41\n").unwrap();
    base.run(
        &["cert", "issue", "c.example.com"],
        &["--key", "ecdsa-p256"],
    );
    fs::write(conf("serial.num"), "41\n").unwrap();
    fs::write(conf("crl_number"), "01\n").unwrap();
    Call::trustpack(["cert", "issue", "d.example.com", "--ca", "ca"])
        .within(base.path())
        .refused("was used before");
    check_call(&dir)
        .exits_with(1)
        .prints("error[TP6012]: the next serial is 41, but the ledger has 41 already")
        .prints("warning[TP6019]");
    // The highest serial of this ledger was drawn at random, so the next are.
    repair(&dir)
        .prints("mended[TP6012]")
        .prints("mended[TP6019]");
    base.run(
        &["cert", "issue", "d.example.com"],
        &["--key", "ecdsa-p256"],
    );
    base.run(&["crl", "create"], &[]);
    assert_in_order(&dir);
}

#[test]
fn what_cannot_be_mended_is_left_and_said() {
    let base = base();
    let dir = base.dir();
    fs::remove_file(dir.join("ca_conf/ca_priv_key.pem")).unwrap();
    fs::remove_file(dir.join("ca_conf/ca.db")).unwrap();
    fs::create_dir(dir.join("ca_conf/ca.db")).unwrap();
    let before = folder::listing(&dir);
    check_call(&dir)
        .arg("--repair")
        .exits_with(1)
        .prints("error[TP6001]")
        .prints("error[TP6009]")
        .prints("0 mended; 2 findings");
    folder::assert_unchanged(&dir, &before);
    check_call(&dir).arg("--dry-run").exits_with(2);
}

#[test]
fn a_ca_certificate_that_is_missing_is_in_the_trust_store() {
    let base = base();
    let dir = base.dir();
    fs::remove_file(dir.join("ca_conf/ca_cert.pem")).unwrap();
    let recipe = "-in ca_cert.pfx -passin pass: -nokeys -out ca_cert.pem";
    check_call(&dir).exits_with(1).says(recipe);
    let arguments = ["pkcs12", "-in", "ca_cert.pfx", "-passin", "pass:"];
    Call::foreign("openssl", arguments)
        .args(["-nokeys", "-out", "ca_cert.pem"])
        .within(&dir.join("ca_conf"))
        .succeeds();
    assert_in_order(&dir);
}

#[test]
fn a_plan_that_cannot_be_read_stops_everything_until_it_is_moved() {
    let base = base();
    let dir = base.dir();
    let pending = dir.join("ca_conf/.pending");
    fs::create_dir(&pending).unwrap();
    fs::write(pending.join("plan"), "of another program\n").unwrap();
    let before = folder::listing(&dir);
    check_call(&dir)
        .arg("--repair")
        .refused("of another program")
        .says("move that folder elsewhere");
    folder::assert_unchanged(&dir, &before);
    fs::rename(&pending, base.path().join("moved")).unwrap();
    assert_in_order(&dir);
}

#[test]
fn what_a_killed_writer_left_goes_and_nothing_else() {
    let base = base();
    let dir = base.dir();
    let at = |name: &str| dir.join("repository").join(name);
    let left = at(".01_bundles.json.0123456789abcdef");
    let others = [
        ".own.pem",
        ".01_bundles.json.0123456789abcde",
        ".02_bundles.json.fedcba9876543210",
    ];
    for path in others.map(at).iter().chain([&left]) {
        fs::write(path, "half").unwrap();
    }
    let long_ago = UNIX_EPOCH + Duration::from_secs(1_577_836_800);
    for path in [&left, &at(others[0]), &at(others[1])] {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(long_ago).unwrap();
    }
    check_call(&dir).succeeds().prints("warning[TP6028]");
    check_call(&dir)
        .args(["--repair", "--dry-run"])
        .succeeds()
        .prints("TP6028");
    assert!(left.exists());
    check_call(&dir)
        .arg("--repair")
        .succeeds()
        .prints("removed");
    assert!(!left.exists());
    // The last one may be of a command that is still writing.
    assert!(others.map(at).iter().all(|path| path.exists()));
}

#[test]
fn json_says_what_was_done() {
    let base = base();
    let dir = base.dir();
    fs::write(dir.join("ca_conf/serial.num"), "").unwrap();
    let json = check_call(&dir)
        .args(["--repair", "--json"])
        .succeeds()
        .stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let repair = &json["repair"];
    assert_eq!(repair["dry_run"], false);
    assert_eq!(repair["done"][0]["code"], "TP6011");
    let kept = Path::new(repair["kept"].as_str().unwrap());
    assert!(kept.join("serial.num").is_file());
    assert_eq!(json["findings"], serde_json::json!([]));
    let json = check_call(&dir).arg("--json").succeeds().stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["repair"].is_null());
}
