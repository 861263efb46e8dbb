//! The highest numbers of lists that were seen: a list that somebody put back is found by them.
//!
//! Invariant: numbers only rise, and only those of lists whose signature was verified count.

use std::collections::BTreeMap;

use trustpack_x509::crl::head::ListHead;
use trustpack_x509::crl::issuing_point::IssuingDistributionPoint;
use trustpack_x509::crl::number::CrlNumber;

use crate::folded_name::FoldedName;

/// The highest number seen of each kind of list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenNumbers(BTreeMap<Kind, CrlNumber>);

/// Lists whose numbers are of one sequence: the same issuer, key and scope.
///
/// Source: RFC 5280 section 5.2.3 has one for each issuer and scope. The key is ours: an authority
/// that changed its key may number the lists of each key apart.
type Kind = (
    FoldedName,
    Option<Box<[u8]>>,
    Option<IssuingDistributionPoint>,
);

impl SeenNumbers {
    /// The higher ones of these and of others.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        for (kind, number) in &others.0 {
            let seen = self.0.entry(kind.clone());
            let seen = seen.or_insert_with(|| number.clone());
            if *seen < *number {
                *seen = number.clone();
            }
        }
        self
    }

    /// The highest number of a list of this kind, if it is higher than this one's.
    pub(super) fn higher_than(&self, head: &ListHead) -> Option<&CrlNumber> {
        let number = head.number.as_ref()?;
        self.0.get(&kind(head)).filter(|&seen| number < seen)
    }

    /// Takes note of the number of a list that was verified.
    pub(super) fn note(&mut self, head: &ListHead) {
        let Some(number) = &head.number else { return };
        let seen = self.0.entry(kind(head)).or_insert_with(|| number.clone());
        if *seen < *number {
            *seen = number.clone();
        }
    }
}

fn kind(head: &ListHead) -> Kind {
    (
        FoldedName::new(&head.issuer),
        head.authority_key_id.clone(),
        head.issuing_distribution_point.clone(),
    )
}
