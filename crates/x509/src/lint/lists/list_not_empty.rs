//! A list on which nobody is has no list of entries.

use super::super::{Rule, Severity, when};
use crate::crl::RevocationList;
use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag};

pub(super) const RULE: Rule<RevocationList> = Rule {
    name: "list-not-empty",
    about: "A list on which nobody is has no list of entries.",
    severity: Severity::Error,
    clause: "RFC 5280 section 5.1.2.6",
    check,
};

fn check(list: &RevocationList) -> Vec<String> {
    let empty = has_empty_entries(list.tbs_der()).unwrap_or(false);
    when(empty, || {
        "the revocation list has an empty list of entries; where none is revoked, it must be absent"
            .to_owned()
    })
}

/// Whether the sequence of entries is there without an entry: it is the one behind the times.
fn has_empty_entries(tbs: &[u8]) -> der::Result<bool> {
    let fields = AnyRef::from_der(tbs)?;
    let mut reader = SliceReader::new(fields.value())?;
    let mut behind_times = false;
    while !reader.is_finished() {
        let field = AnyRef::decode(&mut reader)?;
        let tag = field.header().tag();
        if tag == Tag::UtcTime || tag == Tag::GeneralizedTime {
            behind_times = true;
        } else if behind_times {
            return Ok(tag == Tag::Sequence && field.value().is_empty());
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&sample::list_of(&[2, 1, 1], None, &[0x30, 0], &[])).is_empty());
        assert!(check(&sample::list_of(&[2, 1, 1], None, &[], &[])).is_empty());
        assert!(check(&sample::list()).is_empty());
    }
}
