//! A command that was killed: the next one finishes or undoes what it left.
//!
//! The states on disk are made by hand here; that a real process killed at each system call leaves
//! no other is a story of the whole program.

use std::fs;

use crate::support::{TestCa, order};

/// What a change writes first: a plan for the certificate that is there, without its line.
fn plan_for(ca: &TestCa, serial: &str, line: &str) {
    fs::create_dir(ca.conf(".pending")).unwrap();
    let files: String = fs::read_dir(ca.dir().join("repository"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(serial))
        .map(|name| format!("file {name}\n"))
        .collect();
    let plan = format!("trustpack plan 1\nserial {serial}\nline {line}{files}end\n");
    fs::write(ca.conf(".pending/plan"), plan).unwrap();
}

#[test]
fn killed_before_the_ledger_line_the_certificate_is_gone() {
    let ca = TestCa::new();
    ca.issue(&order("kept.example.com")).unwrap();
    let kept = ca.ledger();
    let before = ca.snapshot();
    let serial = ca
        .issue(&order("lost.example.com"))
        .unwrap()
        .certificate
        .serial()
        .to_hex();
    let line = ca.ledger().lines().last().unwrap().to_owned() + "\n";
    for torn in ["", &line[..1], &line[..30], line.trim_end()] {
        fs::write(ca.conf("ca.db"), format!("{kept}{torn}")).unwrap();
        plan_for(&ca, &serial, &line);
        let reopened = ca.reopened();
        let recovered = reopened.recovered().unwrap();
        assert_eq!(
            recovered
                .undone
                .iter()
                .map(|s| s.to_hex())
                .collect::<Vec<_>>(),
            [serial.as_str()]
        );
        assert_eq!(ca.ledger(), kept);
        // The serial file has moved on: a serial that may have been signed is not given again.
        let mut after = ca.snapshot();
        assert_ne!(
            after.get(&ca.conf("serial.num")),
            before.get(&ca.conf("serial.num"))
        );
        after.insert(
            ca.conf("serial.num"),
            before[&ca.conf("serial.num")].clone(),
        );
        assert_eq!(after, before);
    }
    ca.assert_in_order();
}

#[test]
fn killed_after_the_ledger_line_the_certificate_is_there() {
    let ca = TestCa::new();
    let serial = ca
        .issue(&order("kept.example.com"))
        .unwrap()
        .certificate
        .serial()
        .to_hex();
    let before = ca.snapshot();
    plan_for(&ca, &serial, &ca.ledger());
    let reopened = ca.reopened();
    assert_eq!(reopened.recovered().unwrap().finished.len(), 1);
    assert_eq!(ca.snapshot(), before);
    assert_eq!(reopened.recovered(), reopened.recovered());
    assert_eq!(ca.reopened().recovered(), None);
}

#[test]
fn killed_before_the_plan_nothing_was_done() {
    let ca = TestCa::new();
    let before = ca.snapshot();
    for leftovers in [&[][..], &["serial.num"], &["plan.new"]] {
        fs::create_dir(ca.conf(".pending")).unwrap();
        for name in leftovers {
            fs::write(ca.conf(".pending").join(name), "half").unwrap();
        }
        assert!(ca.reopened().recovered().is_some());
        assert_eq!(ca.snapshot(), before);
    }
}

#[test]
fn issuing_recovers_first() {
    let ca = TestCa::new();
    let lost = ca.issue(&order("lost.example.com")).unwrap();
    let line = ca.ledger();
    fs::write(ca.conf("ca.db"), &line[..20]).unwrap();
    plan_for(&ca, &lost.certificate.serial().to_hex(), &line);
    let issued = ca.issue(&order("new.example.com")).unwrap();
    assert_eq!(ca.ledger().lines().count(), 1);
    assert!(ca.ledger().contains(&issued.certificate.serial().to_hex()));
    assert!(!lost.paths.ledger_copy.exists());
    ca.assert_in_order();
}

#[test]
fn a_folder_in_use_is_read_without_recovery() {
    let ca = TestCa::new();
    fs::create_dir(ca.conf(".pending")).unwrap();
    let folder = fs::File::open(ca.dir().join("ca_conf")).unwrap();
    rustix::fs::flock(&folder, rustix::fs::FlockOperation::LockExclusive).unwrap();
    assert_eq!(ca.reopened().recovered(), None);
    assert!(
        ca.conf(".pending").exists(),
        "it belongs to whoever holds the lock"
    );
    drop(folder);
    assert!(ca.reopened().recovered().is_some() && !ca.conf(".pending").exists());
}

#[test]
fn files_that_are_not_ours_are_never_removed() {
    let ca = TestCa::new();
    fs::write(ca.conf("serial.num"), "05\n").unwrap();
    fs::write(ca.dir().join("repository/05_a_priv_key.pem"), "foreign").unwrap();
    let before = ca.snapshot();
    let error = ca.issue(&order("a.example.com")).unwrap_err();
    assert!(error.to_string().contains("05_a_priv_key.pem"), "{error}");
    assert_eq!(ca.snapshot(), before);
}

#[test]
fn a_damaged_line_does_not_keep_a_folder_from_recovery() {
    let ca = TestCa::new();
    let serial = ca
        .issue(&order("a.example.com"))
        .unwrap()
        .certificate
        .serial()
        .to_hex();
    let line = ca.ledger();
    fs::write(ca.conf("ca.db"), format!("nonsense\n{line}")).unwrap();
    plan_for(&ca, &serial, &line);
    assert_eq!(ca.reopened().recovered().unwrap().finished.len(), 1);
}
