//! What is built is read again, and what cannot be written is refused.

use super::super::RevocationList;
use super::*;
use crate::algorithm::Digest;

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::RsaPkcs1(Digest::Sha256);

fn to_be_signed() -> CrlToBeSigned {
    CrlToBeSigned {
        issuer: Name::from_der(&[
            0x30, 12, 0x31, 10, 0x30, 8, 0x06, 3, 0x55, 4, 3, 0x0c, 1, b'x',
        ])
        .expect("a name"),
        signature_algorithm: ALGORITHM,
        this_update: "2026-11-21".parse().expect("a time"),
        next_update: "2060-12-21".parse().expect("a time"),
        number: CrlNumber::from_u64(0x80),
        authority_key_id: Some(vec![1, 2, 3]),
    }
}

fn entry(serial: u64, reason: RevocationReason) -> NewEntry {
    NewEntry {
        serial: Serial::from_u64(serial).expect("a serial"),
        revoked: "2026-10-01T01:02:03Z".parse().expect("a time"),
        reason,
        invalid_since: None,
    }
}

fn built(entries: Vec<NewEntry>) -> RevocationList {
    let tbs = to_be_signed().to_der(entries).expect("a list");
    let list = join(tbs.clone(), &ALGORITHM, &[7; 256]).expect("a list");
    let list = RevocationList::from_der(list).expect("a list");
    assert_eq!(list.tbs_der(), tbs);
    list
}

#[test]
fn what_is_written_is_read_again() {
    for count in [0_u64, 1, 2, 5, 100, 3000] {
        let entries: Vec<_> = (1..=count)
            .map(|serial| NewEntry {
                invalid_since: serial
                    .is_multiple_of(3)
                    .then(|| Timestamp::from_unix(serial)),
                ..entry(serial, RevocationReason::KeyCompromise)
            })
            .collect();
        let list = built(entries.clone());
        assert_eq!(list.issuer(), &to_be_signed().issuer);
        assert_eq!(list.number(), Some(&CrlNumber::from_u64(0x80)));
        assert_eq!(list.this_update(), to_be_signed().this_update);
        assert_eq!(list.next_update(), Some(to_be_signed().next_update));
        assert_eq!(list.authority_key_id(), Some([1, 2, 3].as_slice()));
        assert_eq!(list.signature(), [7; 256]);
        assert_eq!(list.signature_algorithm(), &ALGORITHM);
        assert!(!list.is_delta() && list.unknown_critical().is_empty());
        let read: Vec<_> = list
            .entries()
            .map(|read| {
                let read = read.expect("an entry");
                NewEntry {
                    serial: read.serial(),
                    revoked: read.revoked,
                    reason: read.reason.expect("a reason"),
                    invalid_since: read.invalid_since,
                }
            })
            .collect();
        assert_eq!(read, entries);
    }
}

#[test]
fn unspecified_is_left_out_and_odd_entries_fit() {
    let long = NewEntry {
        serial: Serial::from_der_contents(&[0x7f; 200]),
        ..entry(1, RevocationReason::Unspecified)
    };
    let list = built(vec![entry(5, RevocationReason::Unspecified), long.clone()]);
    let read: Vec<_> = list.entries().map(|read| read.expect("an entry")).collect();
    assert_eq!(read.len(), 2);
    assert!(read.iter().all(|entry| entry.reason.is_none()));
    assert_eq!(read.last().map(|entry| entry.serial()), Some(long.serial));
}

#[test]
fn what_a_full_list_cannot_hold() {
    let delta_only = entry(5, RevocationReason::RemoveFromCrl);
    let refused = to_be_signed().to_der([delta_only]);
    assert_eq!(
        refused.map_err(|error| error.to_string()),
        Err("the certificate with serial 05 has the reason removeFromCRL, which belongs into delta lists only".to_owned())
    );
    let nothing = NewEntry {
        serial: Serial::from_der_contents(&[]),
        ..entry(1, RevocationReason::Superseded)
    };
    assert_eq!(
        to_be_signed().to_der([nothing]),
        Err(BuildListError::NoSerial)
    );
    let pss = SignatureAlgorithm::RsaPss(Digest::Sha256);
    assert!(matches!(
        join(Vec::new(), &pss, &[]),
        Err(BuildListError::Algorithm { .. })
    ));
}
