//! Gathers findings, each once.
//!
//! What concerns a level is met by every endpoint that looks there; it is one finding all the same.
//! Invariant: two findings of one code, place, spot and message are one.

use std::cmp::Ordering;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::acceptances::Acceptances;
use crate::finding::{Code, Finding};
use crate::place::Place;
use crate::span::Spot;

/// Findings so far.
pub(crate) struct Collector<'a> {
    acceptances: &'a Acceptances,
    /// The keys alone matter; a map hands out the one that is there.
    found: BTreeMap<ByPlace, ()>,
}

/// A finding by its place, then by where it stands.
struct ByPlace(Arc<Finding>);

impl<'a> Collector<'a> {
    /// None yet; those that are added are marked by `acceptances`.
    pub(crate) fn new(acceptances: &'a Acceptances) -> Self {
        Self {
            acceptances,
            found: BTreeMap::new(),
        }
    }

    /// What marks findings as accepted.
    pub(crate) fn acceptances(&self) -> &'a Acceptances {
        self.acceptances
    }

    /// Adds a finding; gives the one that is there if it is not new.
    pub(crate) fn add(&mut self, finding: Finding) -> Arc<Finding> {
        let marked = Arc::new(self.acceptances.mark(finding));
        match self.found.entry(ByPlace(marked)) {
            Entry::Occupied(there) => Arc::clone(&there.key().0),
            Entry::Vacant(free) => {
                let new = Arc::clone(&free.key().0);
                free.insert(());
                new
            }
        }
    }

    /// Adds several findings.
    pub(crate) fn add_all(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            self.add(finding);
        }
    }

    /// Adds findings that are shared already.
    pub(crate) fn share(&mut self, findings: &[Arc<Finding>]) {
        for finding in findings {
            self.found.entry(ByPlace(Arc::clone(finding))).or_insert(());
        }
    }

    /// Of those that somebody accepted, code and place.
    pub(crate) fn accepted(&self) -> BTreeSet<(Code, Place)> {
        let all = self.found.keys().map(|key| &key.0);
        let accepted = all.filter(|f| f.accepted.is_some());
        accepted.map(|f| (f.code(), f.place.clone())).collect()
    }

    /// All of them, by place, then by where they stand.
    pub(crate) fn finish(self) -> Vec<Arc<Finding>> {
        self.found.into_keys().map(|key| key.0).collect()
    }
}

impl ByPlace {
    fn key(&self) -> (&Place, Option<&Spot>, Code, &str) {
        let Finding {
            place,
            spot,
            message,
            ..
        } = &*self.0;
        (place, spot.as_ref(), self.0.code(), message)
    }
}

impl Ord for ByPlace {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for ByPlace {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ByPlace {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for ByPlace {}
