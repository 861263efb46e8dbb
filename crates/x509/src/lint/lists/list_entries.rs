//! Entries are readable, name a serial once, and have reasons for full lists.

use super::super::{Rule, Severity};
use crate::crl::RevocationList;
use crate::crl::reason::RevocationReason;
use crate::serial::Serial;

pub(super) const RULE: Rule<RevocationList> = Rule {
    name: "list-entries",
    about: "Entries are readable, name a serial once, and have reasons for full lists.",
    severity: Severity::Error,
    clause: "RFC 5280 sections 5.1.2.6 and 5.3.1",
    check,
};

/// Faults of one kind that are named one by one.
const SHOWN: usize = 5;

fn check(list: &RevocationList) -> Vec<String> {
    let mut faults = Vec::new();
    let mut serials = Vec::new();
    for entry in list.entries() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                faults.push(error.to_string());
                break;
            }
        };
        serials.push(entry.serial_contents);
        if faults.len() >= SHOWN {
            continue;
        }
        let serial = entry.serial();
        if !serial.is_conforming() {
            faults.push(format!(
                "the serial number {serial} on the list is none; it must be positive and at most 20 octets long"
            ));
        }
        if entry.reason == Some(RevocationReason::RemoveFromCrl) && !list.is_delta() {
            faults.push(format!(
                "the certificate with serial {serial} has the reason removeFromCRL, which belongs into delta lists only"
            ));
        }
    }
    serials.sort_unstable();
    let twice = serials
        .windows(2)
        .filter(|pair| matches!(pair, [one, next] if one == next));
    faults.extend(twice.take(SHOWN).filter_map(|pair| {
        let serial = Serial::from_der_contents(pair.first()?);
        Some(format!(
            "the serial number {serial} stands on the list twice"
        ))
    }));
    faults
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let entry = |serial| sample::entry(serial);
        let twice = sample::wrap(0x30, &[entry(7), entry(7)].concat());
        let zero = sample::wrap(0x30, &entry(0));
        for bad in [twice, zero] {
            assert!(!check(&sample::list_of(&[2, 1, 1], None, &bad, &[])).is_empty());
        }
        assert!(check(&sample::list()).is_empty());
    }
}
