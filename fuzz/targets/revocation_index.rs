//! The index of revocation lists: it says what reading the list from its begin to its end says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::check_text;
use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::revocation::RevocationLists;
use trustpack_judge::revocation::index::RevocationIndex;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::serial::Serial;

fuzz_target!(|der: &[u8]| {
    let Ok(list) = RevocationList::from_der(der) else {
        return;
    };
    let entries: Result<Vec<_>, _> = list.entries().collect();
    match (RevocationIndex::new(&list, [9; 16]), &entries) {
        (Ok(index), Ok(entries)) => {
            for entry in entries {
                assert!(index.find(&entry.serial()).is_some(), "{}", entry.serial());
            }
            assert_eq!(index.is_empty(), entries.is_empty());
            let absent = Serial::from_der_contents(&[0x5a; 30]);
            assert!(index.find(&absent).is_none() || entries.iter().any(|e| e.serial() == absent));
        }
        (Ok(_), Err(error)) => panic!("an index of what cannot be read: {error}"),
        (Err(fault), _) => check_text(&fault.to_string()),
    }
    let anchors = TrustAnchors::new([]);
    let lists = RevocationLists::new([list], &anchors, SeenNumbers::default());
    for list in lists.lists() {
        check_text(&list.to_string());
    }
});
