//! What is counted of a tunnel while it serves.
//!
//! Counters on the way of the data are single atomic numbers; who called in plain and what failed last is kept
//! under locks that are taken once in a connection at most. Times are of the monotonic clock: how long ago, not when.
//!
//! Invariant: what is kept is bounded, whatever callers do.

pub mod latencies;
pub mod outcomes;
pub mod plain_callers;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use trustpack_tls::established::Resumed;

use crate::figures::latencies::Latencies;
use crate::figures::outcomes::Tally;
use crate::figures::plain_callers::PlainCallers;
use crate::report::Remote;
use crate::report::repeats::Repeats;

/// Failures that are remembered of a tunnel.
///
/// Source: ours; a page of them. The log has all.
pub const LAST_FAILURES: usize = 10;

/// A number that only rises.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: u64) {
        // No other memory depends on it.
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The figures of one tunnel.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) opened: Counter,
    pub(crate) ended: Tally,
    pub(crate) full: Counter,
    pub(crate) resumed: Counter,
    pub(crate) refused: Tally,
    /// Of handshakes that succeeded.
    pub(crate) latencies: Latencies,
    /// From the network.
    pub(crate) bytes_in: Counter,
    /// To the network.
    pub(crate) bytes_out: Counter,
    pub(crate) accept_errors: Counter,
    /// Times that it took over something else.
    pub(crate) changed: Counter,
    /// Times that what it was changed to was broken.
    pub(crate) kept: Counter,
    last_failures: Mutex<VecDeque<Repeated>>,
    plain_callers: Mutex<PlainCallers>,
    findings: Mutex<Option<Vec<FindingSeen>>>,
    /// Lines of the log that would be alike.
    pub(crate) repeats: Repeats,
}

/// A failure that is remembered.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub(crate) at: Instant,
    pub(crate) caller: Option<Remote>,
    pub(crate) reason: String,
}

/// The same failure, as often as it came.
#[derive(Clone, Debug)]
pub(crate) struct Repeated {
    /// The last one.
    pub(crate) last: Failed,
    pub(crate) times: u64,
}

/// A finding that a tunnel runs with, or that keeps a change from it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FindingSeen {
    /// Its code.
    pub code: String,
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// What it says.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl Figures {
    /// A handshake succeeded.
    pub(crate) fn established(&self, resumed: Resumed, took: Duration) {
        match resumed {
            Resumed::No => self.full.add(1),
            Resumed::Yes => self.resumed.add(1),
        }
        self.latencies.note(took);
    }

    /// How many connections are open.
    pub(crate) fn open(&self) -> u64 {
        // Read in this order, a connection that goes meanwhile is not counted twice.
        let ended = self.ended.sum();
        self.opened.get().saturating_sub(ended)
    }

    /// Remembers a failure, with those for the same reason, and forgets the oldest for it.
    pub(crate) fn failed(&self, failed: Failed) {
        let mut last = lock(&self.last_failures);
        let same = last.iter().position(|old| old.last.reason == failed.reason);
        let before = same.and_then(|same| last.remove(same));
        if last.len() >= LAST_FAILURES {
            last.pop_front();
        }
        let times = before.map_or(0, |before| before.times).saturating_add(1);
        last.push_back(Repeated {
            last: failed,
            times,
        });
    }

    /// The last failures, the newest last.
    pub(crate) fn last_failures(&self) -> Vec<Repeated> {
        lock(&self.last_failures).iter().cloned().collect()
    }

    pub(crate) fn plain_callers(&self) -> MutexGuard<'_, PlainCallers> {
        lock(&self.plain_callers)
    }

    /// What it has of findings now, in place of those from its start.
    pub(crate) fn finds(&self, findings: Option<Vec<FindingSeen>>) {
        *lock(&self.findings) = findings;
    }

    /// What a change was kept from; `None` if the last one was taken over.
    pub(crate) fn findings(&self) -> Option<Vec<FindingSeen>> {
        lock(&self.findings).clone()
    }
}

/// Counts together, which another process may have told.
pub(crate) fn sum(counts: impl Iterator<Item = u64>) -> u64 {
    counts.fold(0, u64::saturating_add)
}

/// What is under the locks is whole after every change, so that a panic elsewhere cannot have broken it.
fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_for_the_same_reason_is_one_failure() {
        let figures = Figures::default();
        let at = Instant::now();
        let fails = |reason: usize| {
            figures.failed(Failed {
                at,
                caller: None,
                reason: reason.to_string(),
            });
        };
        let told = || -> Vec<_> {
            let last = figures.last_failures().into_iter();
            last.map(|one| (one.last.reason, one.times)).collect()
        };
        for reason in [1, 2, 1, 1] {
            fails(reason);
        }
        assert_eq!(told(), [("2".to_owned(), 1), ("1".to_owned(), 3)]);
        (10..20).for_each(fails);
        assert_eq!(told().len(), LAST_FAILURES);
        assert!(told().iter().all(|(_, times)| *times == 1));
    }
}
