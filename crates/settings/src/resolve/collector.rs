//! Gathers findings, each once.
//!
//! What concerns a level is met by every endpoint that looks there; it is one finding all the same.
//! Invariant: two findings of one code, place, spot and message are one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::acceptances::Acceptances;
use crate::finding::{Code, Finding};
use crate::place::Place;
use crate::span::Spot;

type Key = (Place, Option<Spot>, Code, String);

/// Findings so far.
pub(crate) struct Collector<'a> {
    acceptances: &'a Acceptances,
    found: BTreeMap<Key, Arc<Finding>>,
}

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
        let key = key(&finding);
        let mark = |finding| Arc::new(self.acceptances.mark(finding));
        Arc::clone(self.found.entry(key).or_insert_with(|| mark(finding)))
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
            self.found
                .entry(key(finding))
                .or_insert_with(|| Arc::clone(finding));
        }
    }

    /// Of those that somebody accepted, code and place.
    pub(crate) fn accepted(&self) -> BTreeSet<(Code, Place)> {
        let accepted = self.found.values().filter(|f| f.accepted.is_some());
        accepted.map(|f| (f.code(), f.place.clone())).collect()
    }

    /// All of them, by place, then by where they stand.
    pub(crate) fn finish(self) -> Vec<Arc<Finding>> {
        self.found.into_values().collect()
    }
}

fn key(finding: &Finding) -> Key {
    (
        finding.place.clone(),
        finding.spot.clone(),
        finding.code(),
        finding.message.clone(),
    )
}
