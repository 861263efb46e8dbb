//! Whatever is changed in a list: no panic, no list is taken for signed that was changed in its signed
//! part, and the index says what the list says.

use std::collections::BTreeMap;

use trustpack_judge::revocation::index::RevocationIndex;
use trustpack_judge::revocation::list::KnownList;
use trustpack_mutations::numbers::Numbers;
use trustpack_mutations::octets;
use trustpack_x509::crl::RevocationList;

use crate::authority::{OddList, entry, extension, odd_entry, root, wrap};
use crate::mutation::seed;

/// Changes of each list; TRUSTPACK_SEED takes another seed than the fixed one.
const CHANGES: u32 = 30_000;

#[test]
fn nothing_that_was_changed_counts() {
    let seed = seed();
    let mut random = Numbers::new(seed);
    let authority = root("Root");
    let key = authority.certificate.public_key();
    let invalid_since = extension(&[0x55, 0x1d, 0x18], false, &wrap(0x18, b"20200101000000Z"));
    let entries = [
        entry(300, Some(1)),
        entry(5, None),
        odd_entry(1 << 40, &invalid_since),
        entry(5, Some(8)),
        odd_entry(7, &extension(&[0x2a, 3, 4], false, &[5, 0])),
    ];
    let point = [
        0x30, 13, 0xa0, 8, 0xa0, 6, 0x86, 4, b'h', b':', b'/', b'/', 0x81, 1, 0xff,
    ];
    let extensions = [
        extension(&[0x55, 0x1d, 0x23], false, &[0x30, 4, 0x80, 2, 1, 1]),
        extension(&[0x55, 0x1d, 0x1c], true, &point),
    ];
    let lists = [
        authority.list(&[]),
        authority.odd_list(&OddList {
            entries: &entries.concat(),
            extensions: &extensions,
            ..OddList::default()
        }),
    ];
    let mut readable = 0;
    for list in &lists {
        assert!(KnownList::new(list.clone()).is_signed_by(key));
        for _ in 0..CHANGES {
            let der = octets::mutated(list.der(), list.der(), &mut random);
            let Ok(changed) = RevocationList::from_der(der) else {
                continue;
            };
            readable += 1;
            check_index(&changed, seed);
            let signed = KnownList::new(changed.clone()).is_signed_by(key);
            assert!(
                !signed || changed.tbs_der() == list.tbs_der(),
                "seed {seed}: {:02x?}",
                changed.der()
            );
        }
    }
    assert!(
        readable > CHANGES / 10,
        "most changes must be of contents: {readable}"
    );
}

/// The index has exactly what reading the list from its begin to its end gives.
#[track_caller]
fn check_index(list: &RevocationList, seed: u64) {
    let entries: Result<Vec<_>, _> = list.entries().collect();
    let index = RevocationIndex::new(list, [9; 16]);
    let Ok(entries) = entries else {
        assert!(index.is_err(), "seed {seed}: {:02x?}", list.der());
        return;
    };
    let Ok(index) = index else {
        let refused = |entry: &trustpack_x509::crl::entry::RevokedEntry<'_>| {
            entry.names_issuer || entry.unknown_critical.is_some()
        };
        assert!(
            entries.iter().any(refused),
            "seed {seed}: {:02x?}",
            list.der()
        );
        return;
    };
    let dates: BTreeMap<_, Vec<_>> = entries.iter().fold(BTreeMap::new(), |mut dates, entry| {
        dates
            .entry(entry.serial())
            .or_insert_with(Vec::new)
            .push(entry.revoked);
        dates
    });
    for (serial, dates) in dates {
        let found = index.find(&serial);
        assert!(
            found.is_some_and(|listed| dates.contains(&listed.revoked) || dates.len() == 1),
            "seed {seed}: {serial} in {:02x?}",
            list.der()
        );
    }
}

#[test]
fn what_is_no_list() {
    let authority = root("Root");
    let list = authority.list(&[1, 2, 3]);
    let refused = |der: &[u8]| {
        RevocationList::from_der(der)
            .expect_err("no list")
            .to_string()
    };
    assert_eq!(
        refused(&[]),
        "not the DER of a revocation list (an element with the tag 30 is missing)"
    );
    for length in 0..list.der().len() {
        let cut = &list.der()[..length];
        assert!(RevocationList::from_der(cut).is_err(), "{length} octets");
    }
    let longer = [list.der(), &[0]].concat();
    assert_eq!(
        refused(&longer),
        "not the DER of a revocation list (octets are left over behind the last element)"
    );
    assert_eq!(
        refused(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30]),
        "not the DER of a revocation list (it ends inside an element)"
    );
    let of_certificate = refused(authority.certificate.der());
    assert!(of_certificate.contains("tag"), "{of_certificate}");
}

#[test]
fn serial_numbers_of_every_sign() {
    let authority = root("Root");
    let of = |contents: &[u8]| {
        let date = wrap(0x17, b"261015000000Z");
        wrap(0x30, &[wrap(2, contents), date].concat())
    };
    let entries = [of(&[0xff]), of(&[0]), of(&[0x80, 0, 0]), of(&[0x7f; 40])];
    let list = authority.odd_list(&OddList {
        entries: &entries.concat(),
        ..OddList::default()
    });
    let read: Vec<_> = list
        .entries()
        .map(|entry| entry.expect("an entry").serial())
        .collect();
    let shown: Vec<_> = read.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["-01", "00", "-800000", &"7F".repeat(40)]);
    let index = RevocationIndex::new(&list, [1; 16]).expect("an index");
    assert!(read.iter().all(|serial| index.find(serial).is_some()));
    // A serial number without octets is none.
    let empty = authority.odd_list(&OddList {
        entries: &of(&[]),
        ..OddList::default()
    });
    assert!(empty.entries().next().is_some_and(|entry| entry.is_err()));
}
