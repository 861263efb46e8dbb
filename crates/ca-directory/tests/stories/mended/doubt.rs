//! Ledgers that lost a line or more: nobody who may have been revoked comes back as valid.

use std::fs;

use trustpack_ca_directory::repair::Repaired;

use super::{codes, repair, two_certificates};
use crate::support::TestCa;

/// Spoils a folder whose second certificate is revoked, without and with its list; mends twice, and fails if
/// that certificate has a line that is not one of a revocation.
#[track_caller]
fn check(spoil: impl Fn(&[u8]) -> Vec<u8>) {
    for with_list in [true, false] {
        let ca = two_certificates();
        if !with_list {
            fs::remove_file(ca.conf("crl.pem")).unwrap();
        }
        let spoilt = spoil(&fs::read(ca.conf("ca.db")).unwrap());
        fs::write(ca.conf("ca.db"), &spoilt).unwrap();
        for _ in 0..2 {
            repair(&ca);
            assert_not_valid(&ca);
        }
    }
}

#[track_caller]
fn assert_not_valid(ca: &TestCa) {
    let ledger = fs::read(ca.conf("ca.db")).unwrap();
    let ledger = String::from_utf8_lossy(&ledger);
    // Lines that ran together are none that anybody reads.
    let as_valid = |line: &&str| {
        let sound = line.split('\t').count() == 6;
        sound && line.starts_with('V') && line.ends_with("b.example.com")
    };
    assert_eq!(ledger.lines().find(as_valid), None, "{ledger}");
}

fn replaced(ledger: &[u8], from: u8, to: u8) -> Vec<u8> {
    let octets = ledger.iter();
    octets
        .map(|&octet| if octet == from { to } else { octet })
        .collect()
}

#[test]
fn whatever_became_of_the_ledger() {
    check(|ledger| replaced(ledger, b'\t', b' '));
    check(|ledger| replaced(ledger, b'\n', b'\r'));
    check(|ledger| ledger.iter().copied().filter(|&o| o != b'\n').collect());
    check(|ledger| vec![0; ledger.len()]);
    check(|_| Vec::new());
    check(|_| b"\n\n".to_vec());
    check(|ledger| ledger.iter().flat_map(|&octet| [octet, 0]).collect());
    // Cut within the line of the revocation, before its serial.
    check(|ledger| {
        let first = ledger.iter().position(|&octet| octet == b'\n').unwrap();
        ledger[..first + 12].to_vec()
    });
    // The line of the revocation is gone, and all else is sound.
    check(|ledger| {
        let first = ledger.iter().position(|&octet| octet == b'\n').unwrap();
        ledger[..=first].to_vec()
    });
    // Only the line of the revocation is zeros.
    check(|ledger| {
        let first = ledger.iter().position(|&octet| octet == b'\n').unwrap();
        let rest = vec![0; ledger.len() - first - 2];
        [&ledger[..=first], &rest, b"\n"].concat()
    });
}

#[test]
fn a_list_that_cannot_be_read_is_a_doubt() {
    let ca = two_certificates();
    let first = ca.ledger().lines().next().unwrap().to_owned();
    fs::write(ca.conf("ca.db"), first + "\n").unwrap();
    fs::write(ca.conf("crl.pem"), "garbage").unwrap();
    let Repaired { left, .. } = repair(&ca);
    assert_not_valid(&ca);
    assert!(codes(&left.findings).contains(&"TP6024".to_owned()));
}

#[test]
fn a_hold_of_a_doubt_can_be_lifted() {
    let ca = two_certificates();
    fs::write(ca.conf("ca.db"), "").unwrap();
    repair(&ca);
    let held = ca.ledger();
    assert_eq!(held.matches("certificateHold").count(), 1, "{held}");
    assert_eq!(held.matches("keyCompromise").count(), 1, "{held}");
}
