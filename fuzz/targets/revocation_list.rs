//! Revocation lists: the scanner, its entries, and every rule.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::{check_text, checked};
use trustpack_x509::crl::RevocationList;
use trustpack_x509::lint;

fuzz_target!(|der: &[u8]| {
    let Some(list) = checked(RevocationList::from_der(der)) else {
        return;
    };
    assert_eq!(list.der(), der);
    let _shown = format!("{list:?} {:?}", list.head());
    for entry in list.entries() {
        let Some(entry) = checked(entry) else { break };
        let _serial = entry.serial().to_string();
    }
    for finding in lint::revocation_list(&list) {
        check_text(&finding.violation.message);
    }
});
