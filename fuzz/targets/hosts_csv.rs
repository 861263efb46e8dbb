//! `hosts.csv`: the hosts of `cert issue --from`.

#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use trustpack_ca::hosts_csv;
use trustpack_fuzz::{check_text, checked};

fuzz_target!(|octets: &[u8]| {
    let Some(lines) = checked(hosts_csv::read::<String>(octets)) else {
        return;
    };
    assert!(!lines.is_empty());
    let mut hosts = BTreeSet::new();
    let mut last = 1;
    for line in lines {
        assert!(line.line > last, "lines have an order");
        last = line.line;
        match line.row {
            Ok(row) => {
                drop(format!("{row:?}"));
                assert!(hosts.insert(row.host.name().clone()), "each host once");
            }
            Err(mistake) => check_text(&mistake.message),
        }
    }
    // A row whose quotation marks are open is none, wherever the file was cut off.
    let ends_open = octets.iter().filter(|octet| **octet == b'"').count() % 2 == 1;
    if ends_open {
        let again = hosts_csv::read::<String>(octets).expect("it was read once");
        assert!(again.iter().any(|line| line.row.is_err()));
    }
});
