//! What `ca check --repair` does about each kind of finding, and what it leaves.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use trustpack_ca_directory::crl::{ListOrder, When};
use trustpack_ca_directory::entropy::Entropy;
use trustpack_ca_directory::ledger::cause::Cause;
use trustpack_ca_directory::repair::{RepairMode, Repaired};
use trustpack_ca_directory::revoke::Action;
use trustpack_x509::crl::reason::RevocationReason;
use trustpack_x509::time::Timestamp;

use crate::support::{TestCa, now, order, snapshot};

mod doubt;
mod files;

fn repair_at(ca: &TestCa, mode: RepairMode, at: Timestamp) -> Repaired {
    let mut entropy = Entropy::new(|| [0xEE; 16]);
    ca.reopened().repair(mode, at, None, &mut entropy).unwrap()
}

fn repair(ca: &TestCa) -> Repaired {
    repair_at(ca, RepairMode::Mend, now())
}

fn codes(findings: &[trustpack_ca_directory::check::CaFinding]) -> Vec<String> {
    findings.iter().map(|f| f.code().to_string()).collect()
}

/// A folder with two certificates, of which the second is revoked, with a list.
fn two_certificates() -> TestCa {
    let ca = TestCa::new();
    ca.issue(&order("a.example.com")).unwrap();
    let second = ca.issue(&order("b.example.com")).unwrap();
    let serials = BTreeSet::from([second.certificate.serial().clone()]);
    let action = Action::Revoke {
        cause: Cause::new(RevocationReason::KeyCompromise),
        at: None,
    };
    let lists = ListOrder {
        authority: ca.unlocked.authority(),
        retired: &[],
        lifetime: std::time::Duration::from_secs(86_400),
        digest: None,
        when: When::Always,
    };
    ca.reopened()
        .revoke(&serials, action, Some(&lists), now())
        .unwrap();
    ca.assert_in_order();
    ca
}

/// Spoils a folder; says what mending does and leaves, by codes. A rehearsal says the same and changes
/// nothing; what was changed is kept; nothing is mended twice.
#[track_caller]
fn check(spoil: impl FnOnce(&TestCa), done: &[&str], left: &[&str]) -> (TestCa, Repaired) {
    let ca = two_certificates();
    spoil(&ca);
    let before = snapshot(ca.dir());
    let rehearsed = repair_at(&ca, RepairMode::Rehearse, now());
    assert_eq!(snapshot(ca.dir()), before, "a rehearsal changes nothing");
    assert_eq!(rehearsed.kept, None);
    let repaired = repair(&ca);
    assert_eq!(codes(&repaired.done.findings), done, "{:?}", repaired.done);
    assert_eq!(codes(&repaired.left.findings), left, "{:?}", repaired.left);
    assert_eq!(codes(&rehearsed.done.findings), done);
    // This one only the repair can tell.
    let lasting = left.iter().filter(|code| **code != "TP6024").count();
    assert_eq!(ca.findings().len(), lasting);
    for (path, contents) in before {
        let changed = path.is_file() && fs::read(&path).unwrap() != contents;
        if let Some(kept) = repaired.kept.as_ref().filter(|_| changed) {
            let kept = kept.join(path.file_name().unwrap());
            assert_eq!(fs::read(&kept).unwrap(), contents, "{}", kept.display());
        } else {
            assert!(!changed, "{} is not kept", path.display());
        }
    }
    let again = repair(&ca);
    assert!(again.done.findings.is_empty() && again.kept.is_none());
    (ca, repaired)
}

fn rewrite(path: &Path, change: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(path).unwrap();
    fs::write(path, change(text)).unwrap();
}

fn line(ca: &TestCa, number: usize) -> String {
    ca.ledger().lines().nth(number).unwrap().to_owned()
}

#[test]
fn a_sound_folder_stays_as_it_is() {
    let (_, repaired) = check(|_| {}, &[], &[]);
    assert_eq!(repaired.kept, None);
}

#[test]
fn a_damaged_line_is_made_anew_from_its_certificate() {
    let whole = two_certificates().ledger();
    let spoilt = [(0, "V\t27"), (0, "x"), (0, "V\tyesterday")];
    for (number, start) in spoilt {
        let (ca, _) = check(
            |ca| {
                let old = line(ca, number);
                let rest: Vec<&str> = old.splitn(3, '\t').collect();
                let new = format!("{start}\t\t{}", rest[2]);
                rewrite(&ca.conf("ca.db"), |text| text.replace(&old, &new));
            },
            &["TP6009"],
            &[],
        );
        assert_eq!(sorted(&ca.ledger()), sorted(&whole), "{start}");
    }
}

fn sorted(ledger: &str) -> BTreeSet<String> {
    // Keys differ from one CA to the next, serials and dates do not.
    ledger.lines().map(str::to_owned).collect()
}

#[test]
fn a_damaged_revocation_stays_one() {
    // The list has it.
    let (ca, _) = check(
        |ca| rewrite(&ca.conf("ca.db"), |text| text.replace("\nR\t26", "\nR\tx")),
        &["TP6009"],
        &[],
    );
    assert!(line(&ca, 1).contains("keyCompromise"));
    // Nothing but the line says so.
    let (ca, _) = check(
        |ca| {
            fs::remove_file(ca.conf("crl.pem")).unwrap();
            rewrite(&ca.conf("ca.db"), |text| text.replace("\nR\t26", "\nR\tx"));
        },
        &["TP6009"],
        &["TP6023"],
    );
    assert!(line(&ca, 1).starts_with("R\t"));
    // Nobody knows whose it was; or somebody does, who has the certificate.
    check(
        |ca| rewrite(&ca.conf("ca.db"), |text| text + "R\tnobody knows\n"),
        &[],
        &["TP6009"],
    );
    let elsewhere = "V\tyesterday\t\t0123AB\tunknown\t/CN=x\n";
    check(
        |ca| rewrite(&ca.conf("ca.db"), |text| text + elsewhere),
        &[],
        &["TP6009"],
    );
}

#[test]
fn what_is_about_nothing_is_taken_out() {
    let (ca, repaired) = check(
        |ca| {
            rewrite(&ca.conf("ca.db"), |text| {
                format!("nonsense\n\n{text}V\t2703")
            });
        },
        &["TP6009"; 3],
        &[],
    );
    assert_eq!(ca.ledger().lines().count(), 2);
    assert!(repaired.done.findings[0].message.contains("\"nonsense\""));
}

#[test]
fn a_line_longer_than_any_block_is_taken_out_whole() {
    let long = "V".repeat(5 << 20);
    for (before, after) in [("", long.clone()), (&format!("{long}\n"), String::new())] {
        let (ca, repaired) = check(
            |ca| rewrite(&ca.conf("ca.db"), |text| format!("{before}{text}{after}")),
            &["TP6009"],
            &[],
        );
        assert_eq!(ca.ledger().lines().count(), 2);
        assert!(ca.ledger().ends_with("b.example.com\n"), "{:?}", repaired);
    }
}

#[test]
fn a_lost_line_comes_back_as_the_list_has_it() {
    let whole = two_certificates().ledger();
    let (ca, _) = check(
        |ca| {
            rewrite(&ca.conf("ca.db"), |text| {
                text.lines().next().unwrap().to_owned() + "\n"
            });
        },
        &["TP6015"],
        &[],
    );
    assert_eq!(ca.ledger(), whole);
    // A revocation that an older ledger does not have.
    let (ca, _) = check(
        |ca| {
            let revoked = line(ca, 1);
            let fields: Vec<&str> = revoked.split('\t').collect();
            let valid = ["V", fields[1], "", fields[3], fields[4], fields[5]].join("\t");
            rewrite(&ca.conf("ca.db"), |text| text.replace(&revoked, &valid));
        },
        &["TP6018"],
        &[],
    );
    assert_eq!(ca.ledger(), whole);
}

#[test]
fn what_no_list_says_of_a_lost_ledger_is_asked() {
    let empty = |ca: &TestCa| fs::write(ca.conf("ca.db"), "").unwrap();
    let (ca, repaired) = check(empty, &["TP6015"; 2], &["TP6024", "TP6027"]);
    assert!(line(&ca, 1).starts_with("R\t"), "the list has it");
    let message = &repaired.left.findings[0].message;
    assert!(message.contains("revoked: 1; the newest"), "{message}");
    let (ca, repaired) = check(
        |ca| {
            empty(ca);
            fs::remove_file(ca.conf("crl.pem")).unwrap();
        },
        &["TP6015"; 2],
        &["TP6023", "TP6024"],
    );
    assert!(line(&ca, 0).contains("certificateHold") && line(&ca, 1).contains("certificateHold"));
    let message = &repaired.left.findings[1].message;
    assert!(
        message.contains("revoked: 2; no revocation list"),
        "{message}"
    );
}

#[test]
fn a_certificate_of_somebody_else_gets_no_line() {
    let (_, repaired) = check(
        |ca| {
            let other = TestCa::new();
            let issued = other.issue(&order("x.example.com")).unwrap();
            let serial = issued.certificate.serial().to_hex();
            let strange = ca.dir().join(format!("repository/{serial}00.pem"));
            fs::copy(issued.paths.ledger_copy, strange).unwrap();
        },
        &[],
        &["TP6015"],
    );
    assert_eq!(repaired.kept, None);
}

#[test]
fn lines_that_stand_there_twice() {
    check(
        |ca| rewrite(&ca.conf("ca.db"), |text| text.repeat(2)),
        &["TP6010", "TP6010"],
        &[],
    );
    // Two certificates with one serial are not ours to choose from.
    check(
        |ca| {
            let other = line(ca, 0).replace("a.example.com", "c.example.com");
            rewrite(&ca.conf("ca.db"), |text| text + &other + "\n");
        },
        &[],
        &["TP6010"],
    );
    let (ca, _) = check(
        |ca| rewrite(&ca.conf("ca.db"), |text| text.trim_end().to_owned()),
        &["TP6017"],
        &[],
    );
    assert!(ca.ledger().ends_with('\n'));
}

#[test]
fn a_ledger_that_is_missing_comes_back_as_an_empty_one_does() {
    let (ca, _) = check(
        |ca| fs::remove_file(ca.conf("ca.db")).unwrap(),
        &["TP6009", "TP6015", "TP6015"],
        &["TP6024", "TP6027"],
    );
    assert!(line(&ca, 0).contains("certificateHold") && line(&ca, 1).contains("keyCompromise"));
}

#[test]
fn a_line_that_became_garbage_goes_when_its_certificate_is_back() {
    let (ca, _) = check(
        |ca| {
            let first = line(ca, 0);
            rewrite(&ca.conf("ca.db"), |text| text.replace(&first, "garbage"));
        },
        &["TP6009", "TP6015"],
        &["TP6024", "TP6027"],
    );
    assert!(!ca.ledger().contains("garbage") && ca.ledger().contains("certificateHold"));
}

#[test]
fn a_million_damaged_lines_are_counted() {
    let ca = two_certificates();
    let whole = ca.ledger();
    let spoilt = format!("{whole}{}", "nonsense\n".repeat(1_000_000));
    fs::write(ca.conf("ca.db"), spoilt).unwrap();
    let repaired = repair(&ca);
    assert_eq!(repaired.done.more[0].count, 999_980);
    assert!(repaired.left.findings.is_empty());
    assert_eq!(ca.ledger(), whole);
}
