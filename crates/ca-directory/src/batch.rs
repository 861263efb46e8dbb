//! Issuing many certificates: keys are made on all cores, and chunks of certificates are recorded each by
//! one change.
//!
//! A key is made, and its certificate taken through the gate, before anything is written for it; so what
//! is refused costs no serial, and stops nothing else. Invariant: what is reported as issued is on disk,
//! whole; a batch that is stopped, or killed, leaves whole chunks.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use trustpack_ca::issue::prepare;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use crate::batch_chunk::{Ready, ReadyKey, issue_chunk};
use crate::directory::UnlockedDirectory;
use crate::entropy::Entropy;
use crate::issue::{IssueError, IssueOrder, IssuedFiles};

/// So many certificates share one change and one write to the disk.
const CHUNK: usize = 1024;
/// A chunk that is not full is recorded after this time: keys that take long to make, and progress that
/// people look at.
const CHUNK_TIME: Duration = Duration::from_secs(2);

/// How a batch is carried out.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'s> {
    /// So many keys are made at the same time.
    pub threads: NonZeroUsize,
    /// Set from elsewhere: the batch ends after the chunk that is being recorded.
    pub stop: &'s AtomicBool,
}

/// Why a batch ended before its end. What had been reported by then is issued; the rest is not.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// Somebody asked for it.
    #[error("it was stopped")]
    Asked,
    /// What is wrong is wrong for every certificate: the disk is full, the ledger is damaged.
    #[error(transparent)]
    Failed(#[from] IssueError),
}

impl UnlockedDirectory {
    /// Issues a certificate for each of `orders`, and calls `report` with the index of each as soon as it is
    /// issued, or refused.
    ///
    /// `now` is the time of signing of all, UTC. The lock is taken for each chunk anew, so that other
    /// commands can work in between. Reports do not come in the order of the orders.
    ///
    /// # Errors
    ///
    /// [`Stopped`]; orders that were not reported were not carried out.
    pub fn issue_many(
        &self,
        orders: &[IssueOrder],
        now: Timestamp,
        entropy: &mut Entropy<'_>,
        batch: Batch<'_>,
        report: &mut dyn FnMut(usize, Result<IssuedFiles, IssueError>),
    ) -> Result<(), Stopped> {
        // No more keys wait than the next chunk needs.
        let (keys, made) = sync_channel(CHUNK);
        let workshop = Workshop {
            unlocked: self,
            orders,
            now,
            stop: batch.stop,
            next: AtomicUsize::new(0),
        };
        thread::scope(|scope| {
            for _ in 0..batch.threads.get().min(orders.len()) {
                let (workshop, keys) = (&workshop, keys.clone());
                scope.spawn(move || workshop.make_keys(&keys));
            }
            // The last of the others ends the channel.
            drop(keys);
            let recorded = self.record_chunks(&workshop, &made, entropy, batch, report);
            if recorded.is_err() {
                // For the workers alone: they shall not fill a channel that nobody empties.
                drop(made);
            }
            recorded
        })
    }

    fn record_chunks(
        &self,
        workshop: &Workshop<'_>,
        made: &Receiver<Made<'_>>,
        entropy: &mut Entropy<'_>,
        batch: Batch<'_>,
        report: &mut dyn FnMut(usize, Result<IssuedFiles, IssueError>),
    ) -> Result<(), Stopped> {
        loop {
            let (chunk, end) = next_chunk(made);
            if batch.stop.load(Ordering::Relaxed) {
                return Err(Stopped::Asked);
            }
            let (mut ready, mut indexes) = (Vec::new(), Vec::new());
            for (index, key) in chunk {
                match (key, workshop.orders.get(index)) {
                    (Ok(key), Some(order)) => {
                        ready.push(Ready { order, key });
                        indexes.push(index);
                    }
                    (Err(error), _) => report(index, Err(error)),
                    (Ok(_), None) => {}
                }
            }
            if !ready.is_empty() {
                let outcomes = issue_chunk(self, &ready, workshop.now, entropy, batch.threads)?;
                for (index, outcome) in indexes.into_iter().zip(outcomes) {
                    report(index, outcome);
                }
            }
            match end {
                ChunkEnd::Full => {}
                ChunkEnd::LastOne => return Ok(()),
            }
        }
    }
}

/// The index of an order, and its key.
type Made<'o> = (usize, Result<ReadyKey<'o>, IssueError>);

/// What ended a chunk.
enum ChunkEnd {
    /// Its size, or its time.
    Full,
    /// There are no more.
    LastOne,
}

/// The next chunk, in the order of the orders. Waits for its first key.
fn next_chunk<'o>(made: &Receiver<Made<'o>>) -> (Vec<Made<'o>>, ChunkEnd) {
    let Ok(first) = made.recv() else {
        return (Vec::new(), ChunkEnd::LastOne);
    };
    let mut chunk = vec![first];
    let until = Instant::now() + CHUNK_TIME;
    let end = loop {
        if chunk.len() == CHUNK {
            break ChunkEnd::Full;
        }
        match made.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(more) => chunk.push(more),
            Err(RecvTimeoutError::Timeout) => break ChunkEnd::Full,
            Err(RecvTimeoutError::Disconnected) => break ChunkEnd::LastOne,
        }
    };
    chunk.sort_by_key(|(index, _)| *index);
    (chunk, end)
}

/// Where keys are made.
struct Workshop<'a> {
    unlocked: &'a UnlockedDirectory,
    orders: &'a [IssueOrder],
    now: Timestamp,
    stop: &'a AtomicBool,
    /// Index of the next order whose key nobody makes yet.
    next: AtomicUsize,
}

impl<'a> Workshop<'a> {
    fn make_keys(&self, keys: &SyncSender<Made<'a>>) {
        while !self.stop.load(Ordering::Relaxed) {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(order) = self.orders.get(index) else {
                return;
            };
            if keys.send((index, self.ready_key(order))).is_err() {
                return;
            }
        }
    }

    /// A key, unless its certificate would be refused.
    fn ready_key(&self, order: &'a IssueOrder) -> Result<ReadyKey<'a>, IssueError> {
        let key = ReadyKey::of(&order.key)?;
        let authority = self.unlocked.authority();
        // Any serial will do for that; its own it gets under the lock.
        let serial = Serial::from_random([0; 16]);
        prepare(
            &order.request,
            key.public_key(),
            authority,
            serial,
            self.now,
        )?;
        Ok(key)
    }
}
