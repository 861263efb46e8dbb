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
use crate::spelling::Guesses;

/// Findings so far.
///
/// Nearly all are of endpoints, and come nearly in the order of their places, so that a list is faster than a tree: each
/// is compared with the last few. What comes late is put in its place at the end.
pub(crate) struct Collector<'a> {
    acceptances: &'a Acceptances,
    guesses: Guesses,
    ports: Vec<ByPlace>,
    connections: Vec<ByPlace>,
    backups: Vec<ByPlace>,
    /// Of the fleet, its hosts and its applications, which many endpoints find. The keys alone matter; a map hands out
    /// the one that is there.
    others: BTreeMap<ByPlace, ()>,
}

/// A finding by its place, then by where it stands.
#[derive(Clone)]
struct ByPlace(Arc<Finding>);

impl<'a> Collector<'a> {
    /// None yet; those that are added are marked by `acceptances`.
    pub(crate) fn new(acceptances: &'a Acceptances) -> Self {
        Self {
            acceptances,
            guesses: Guesses::new(),
            ports: Vec::new(),
            connections: Vec::new(),
            backups: Vec::new(),
            others: BTreeMap::new(),
        }
    }

    /// What marks findings as accepted.
    pub(crate) fn acceptances(&self) -> &'a Acceptances {
        self.acceptances
    }

    /// What guesses at hosts and applications that nobody knows.
    pub(crate) fn guesses(&self) -> &Guesses {
        &self.guesses
    }

    /// Adds a finding; gives the one that is there, if it is not new and was added a short time ago.
    pub(crate) fn add(&mut self, finding: Finding) -> Arc<Finding> {
        self.keep(Arc::new(self.acceptances.mark(finding)))
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
            self.keep(Arc::clone(finding));
        }
    }

    fn keep(&mut self, finding: Arc<Finding>) -> Arc<Finding> {
        let new = ByPlace(finding);
        match &new.0.place {
            Place::Port { .. } => near_the_end(&mut self.ports, new),
            Place::Connection { .. } => near_the_end(&mut self.connections, new),
            Place::Backup { .. } => near_the_end(&mut self.backups, new),
            Place::Fleet | Place::Host(_) | Place::Application(_) | Place::CommandLine => {
                match self.others.entry(new) {
                    Entry::Occupied(there) => Arc::clone(&there.key().0),
                    Entry::Vacant(free) => {
                        let new = Arc::clone(&free.key().0);
                        free.insert(());
                        new
                    }
                }
            }
        }
    }

    /// Of those that somebody accepted, code and place.
    pub(crate) fn accepted(&self) -> BTreeSet<(Code, Place)> {
        let lists = [&self.ports, &self.connections, &self.backups];
        let all = lists.into_iter().flatten().chain(self.others.keys());
        let accepted = all.map(|key| &key.0).filter(|f| f.accepted.is_some());
        accepted.map(|f| (f.code(), f.place.clone())).collect()
    }

    /// All of them, by place, then by where they stand.
    pub(crate) fn finish(self) -> Vec<Arc<Finding>> {
        let mut all: Vec<ByPlace> = self.others.into_keys().collect();
        for mut list in [self.ports, self.connections, self.backups] {
            all.append(&mut list);
        }
        // The sort is stable: of two that are one, that which was found first stays. Of lists that are in order but for
        // their ends it is one walk.
        all.sort();
        all.dedup();
        all.into_iter().map(|key| key.0).collect()
    }
}

/// Puts a finding where it belongs among the last ones of a list, or at its end if that is further away. Gives the one
/// that is there if it is not new.
fn near_the_end(list: &mut Vec<ByPlace>, new: ByPlace) -> Arc<Finding> {
    /// How many are looked at: some more than the connections of an application have.
    const NEAR: usize = 64;
    let kept = Arc::clone(&new.0);
    for (back, there) in list.iter().rev().take(NEAR).enumerate() {
        match there.cmp(&new) {
            Ordering::Equal => return Arc::clone(&there.0),
            Ordering::Less => {
                list.insert(list.len() - back, new);
                return kept;
            }
            Ordering::Greater => {}
        }
    }
    list.push(new);
    kept
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
