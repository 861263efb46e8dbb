//! Serial numbers of every kind are found, and no others.

use std::collections::BTreeMap;

use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};
use trustpack_x509::crl::build::{self, CrlToBeSigned, NewEntry};
use trustpack_x509::crl::number::CrlNumber;
use trustpack_x509::name::Name;

use super::*;

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::RsaPkcs1(Digest::Sha256);

fn list(entries: Vec<NewEntry>) -> RevocationList {
    let to_be_signed = CrlToBeSigned {
        issuer: Name::from_der(&[0x30, 0]).expect("a name"),
        signature_algorithm: ALGORITHM,
        this_update: "2026-11-21".parse().expect("a time"),
        next_update: "2026-12-21".parse().expect("a time"),
        number: CrlNumber::from_u64(1),
        authority_key_id: None,
    };
    let tbs = to_be_signed.to_der(entries).expect("a list");
    let der = build::join(tbs, &ALGORITHM, &[0; 8]).expect("a list");
    RevocationList::from_der(der).expect("a list")
}

fn entry(contents: &[u8], day: u64) -> NewEntry {
    let reasons = RevocationReason::ALL;
    let number = usize::try_from(day).expect("a day") % reasons.len();
    let reason = reasons[number];
    NewEntry {
        serial: Serial::from_der_contents(contents),
        revoked: Timestamp::from_unix(day * 86_400),
        reason: if reason == RevocationReason::RemoveFromCrl {
            RevocationReason::Unspecified
        } else {
            reason
        },
        invalid_since: None,
    }
}

/// All of them are found with what the list says; their neighbours are not.
#[track_caller]
fn check(serials: &[Vec<u8>]) {
    let entries: Vec<_> = serials
        .iter()
        .zip(1..)
        .map(|(serial, day)| entry(serial, day))
        .collect();
    let mut wanted = BTreeMap::new();
    for entry in &entries {
        let key = significant(entry.serial.der_contents()).to_vec();
        wanted.entry(key).or_insert_with(|| entry.clone());
    }
    let index = RevocationIndex::new(&list(entries), *b"a seed of tests.").expect("an index");
    assert_eq!(index.len(), wanted.len());
    for (contents, entry) in &wanted {
        let listed = index.find(&Serial::from_der_contents(contents));
        let listed = listed.unwrap_or_else(|| panic!("{contents:02x?} is not found"));
        assert_eq!(listed.revoked, entry.revoked);
        let said = (entry.reason != RevocationReason::Unspecified).then_some(entry.reason);
        assert_eq!(listed.reason, said);
    }
    for contents in wanted.keys() {
        for neighbour in neighbours(contents) {
            let known = wanted.contains_key(significant(&neighbour));
            let found = index.find(&Serial::from_der_contents(&neighbour)).is_some();
            assert_eq!(found, known, "{neighbour:02x?}");
        }
    }
}

fn neighbours(contents: &[u8]) -> Vec<Vec<u8>> {
    let mut changed_first = contents.to_vec();
    changed_first[0] ^= 0x40;
    let mut changed_last = contents.to_vec();
    *changed_last.last_mut().expect("an octet") ^= 1;
    let longer = [contents, &[0]].concat();
    let shorter = contents[..contents.len().max(2) - 1].to_vec();
    vec![
        changed_first,
        changed_last,
        longer,
        shorter,
        vec![0],
        vec![0xff],
    ]
}

fn counting(count: u64) -> Vec<Vec<u8>> {
    (0..count)
        .map(|number| [&[1], number.to_be_bytes().as_slice()].concat())
        .collect()
}

#[test]
fn nobody_is_on_an_empty_list() {
    let index = RevocationIndex::new(&list(Vec::new()), [7; 16]).expect("an index");
    assert!(index.is_empty());
    assert_eq!(index.find(&Serial::from_der_contents(&[1])), None);
}

#[test]
fn counting_up_and_down_and_in_steps() {
    check(&counting(5000));
    check(&counting(3000).into_iter().rev().collect::<Vec<_>>());
    let steps: Vec<_> = counting(3000)
        .iter()
        .map(|serial| [serial.as_slice(), &[0; 11]].concat())
        .collect();
    check(&steps);
}

#[test]
fn one_prefix_and_every_length() {
    let prefix = [0x5a; 18];
    let two_octets = (0..4000_u16).map(|number| [&prefix[..], &number.to_be_bytes()].concat());
    check(&two_octets.collect::<Vec<_>>());
    let lengths: Vec<_> = (1..=300).map(|length| vec![0x11; length]).collect();
    check(&lengths);
    check(&[vec![0x11; 70_000], vec![0x11; 69_999], vec![0x11; 255]]);
}

#[test]
fn signs_and_repetitions() {
    check(&[
        vec![0],
        vec![0xff],
        vec![0x80],
        vec![0, 0x80],
        vec![0xff, 0x7f],
        vec![0x7f],
    ]);
    // The same numbers, written longer than DER does, and twice.
    check(&[
        vec![0, 0, 0, 5],
        vec![5],
        vec![0xff, 0xff, 0x85],
        vec![0x85],
        vec![5],
    ]);
    check(&vec![vec![0x42; 16]; 5000]);
}

#[test]
fn a_lifted_entry_does_not_hide_another() {
    let at = |reason| Listed {
        reason: Some(reason),
        revoked: Timestamp::from_unix(9),
    };
    let mut bucket = [0; 8];
    assert!(record::put(
        &mut bucket,
        &[5],
        at(RevocationReason::RemoveFromCrl)
    ));
    assert!(!record::put(
        &mut bucket,
        &[5],
        at(RevocationReason::KeyCompromise)
    ));
    assert!(!record::put(
        &mut bucket,
        &[5],
        at(RevocationReason::Superseded)
    ));
    let kept = record::find(&bucket, &[5]);
    assert_eq!(kept, Some(at(RevocationReason::KeyCompromise)));
}
