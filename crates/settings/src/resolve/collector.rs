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
/// Nearly all are of endpoints, and come nearly in the order of their places, so that a list is faster than a tree.
pub(crate) struct Collector<'a> {
    acceptances: &'a Acceptances,
    guesses: Guesses,
    ports: InOrder,
    connections: InOrder,
    backups: InOrder,
    /// Of the fleet, its hosts and its applications, which many endpoints find. The keys alone matter; a map hands out
    /// the one that is there.
    others: BTreeMap<ByPlace, ()>,
}

/// Findings of one kind of endpoint.
#[derive(Default)]
struct InOrder {
    /// In order, each once.
    list: Vec<ByPlace>,
    /// Those that came when the list was far beyond their place.
    late: Vec<ByPlace>,
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
            ports: InOrder::default(),
            connections: InOrder::default(),
            backups: InOrder::default(),
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
            Place::Port { .. } => self.ports.keep(new),
            Place::Connection { .. } => self.connections.keep(new),
            Place::Backup { .. } => self.backups.keep(new),
            Place::Fleet
            | Place::Host(_)
            | Place::Application(_)
            | Place::CommandLine
            | Place::Program => match self.others.entry(new) {
                Entry::Occupied(there) => Arc::clone(&there.key().0),
                Entry::Vacant(free) => {
                    let new = Arc::clone(&free.key().0);
                    free.insert(());
                    new
                }
            },
        }
    }

    /// Of those that somebody accepted, code and place.
    pub(crate) fn accepted(&self) -> BTreeSet<(Code, Place)> {
        let lists = [&self.ports, &self.connections, &self.backups];
        let of_endpoints = lists
            .into_iter()
            .flat_map(|one| one.list.iter().chain(&one.late));
        let all = of_endpoints.chain(self.others.keys());
        let accepted = all.map(|key| &key.0).filter(|f| f.accepted.is_some());
        accepted.map(|f| (f.code(), f.place.clone())).collect()
    }

    /// All of them, by place, then by where they stand.
    pub(crate) fn finish(self) -> Vec<Arc<Finding>> {
        let mut others = self.others.into_keys().peekable();
        let mut all = Vec::new();
        // The fleet, hosts and applications stand before all endpoints, what has no place in it behind them.
        while let Some(key) = others.next_if(|key| !key.0.place.is_by_hand()) {
            all.push(key);
        }
        for list in [self.ports, self.connections, self.backups] {
            list.finish_to(&mut all);
        }
        all.extend(others);
        all.into_iter().map(|key| key.0).collect()
    }
}

impl InOrder {
    /// Adds a finding where it belongs; gives the one that is there if it is not new. That of a late one is not looked for.
    fn keep(&mut self, new: ByPlace) -> Arc<Finding> {
        /// How many are looked at: some more than the connections of an application have.
        const NEAR: usize = 64;
        let kept = Arc::clone(&new.0);
        let all_are_near = self.list.len() <= NEAR;
        for (back, there) in self.list.iter().rev().take(NEAR).enumerate() {
            match there.cmp(&new) {
                Ordering::Equal => return Arc::clone(&there.0),
                Ordering::Less => {
                    self.list.insert(self.list.len() - back, new);
                    return kept;
                }
                Ordering::Greater => {}
            }
        }
        if all_are_near {
            self.list.insert(0, new);
        } else {
            self.late.push(new);
        }
        kept
    }

    /// All of them behind `all`. Of two that are one, that which was found first stays.
    fn finish_to(mut self, all: &mut Vec<ByPlace>) {
        self.late.sort();
        self.late.dedup();
        all.reserve(self.list.len() + self.late.len());
        let mut list = self.list.into_iter();
        for late in self.late {
            let before = list.as_slice().partition_point(|there| *there < late);
            all.extend(list.by_ref().take(before));
            if list.as_slice().first() != Some(&late) {
                all.push(late);
            }
        }
        all.extend(list);
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
