//! Drops what is defined twice: the first one stays, in the order of the files.
//!
//! Invariant: of each place one object is left, and each that is dropped has its finding.

use std::collections::BTreeMap;

use crate::finding::Finding;
use crate::findings::duplicate_object;
use crate::place::Place;
use crate::span::Spot;

/// Keeps the first of those of `objects` that have one `key`; `at` says where in the fleet and in which text each is.
pub(super) fn keep_first<T>(
    objects: &mut Vec<T>,
    key: impl Fn(&T) -> (&str, &str),
    at: impl Fn(&T) -> (Place, &Spot),
    findings: &mut Vec<Finding>,
) {
    let mut ordered: Vec<_> = objects.iter().map(key).zip(0..).collect();
    ordered.sort_unstable();
    let mut first_of: BTreeMap<usize, usize> = BTreeMap::new();
    for same in ordered.chunk_by(|(left, _), (right, _)| left == right) {
        if let [(_, first), others @ ..] = same {
            first_of.extend(others.iter().map(|(_, other)| (*other, *first)));
        }
    }
    // So it nearly always is, and a large fleet has half a million of them.
    if first_of.is_empty() {
        return;
    }
    for (other, first) in &first_of {
        if let (Some(other), Some(first)) = (objects.get(*other), objects.get(*first)) {
            let ((place, spot), (_, first)) = (at(other), at(first));
            findings.push(duplicate_object::found(place, spot, first));
        }
    }
    let mut position = 0..;
    objects.retain(|_| {
        let repeated = position.next().is_some_and(|at| first_of.contains_key(&at));
        !repeated
    });
}
