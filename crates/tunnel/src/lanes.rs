//! Threads that carry connections, each with a runtime of its own.
//!
//! A connection stays where it was put: nobody wakes another thread for it, and its memory is not handed from one to the
//! other. Who comes is put on the lane with the fewest connections.
//!
//! Signatures that take long come after everything else on their lane. One by RSA takes as long as moving some hundred
//! pieces of data, so that before each of them is looked whether bytes have come for others.
//!
//! Invariant: between two steps of handshakes that take long, a lane does what else there is to do.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::Semaphore;
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;
use trustpack_tls::handshake::Failure;
use trustpack_x509::public_key::PublicKeyAlgorithm;

use crate::limits::LOOKUPS_AT_ONCE;

/// After how many steps of connections it is looked whether there is something new on sockets. A step of a handshake takes
/// a fifth of a millisecond, and tokio's own 61 of them would be felt.
const EVENT_INTERVAL: u32 = 8;

/// Threads to carry connections on. They end when this is dropped, with whatever is still carried there.
#[derive(Debug)]
pub struct Lanes {
    ways: Ways,
    /// Not with the ways: a connection has those, and must not wait for the end of its own thread.
    _threads: Vec<LaneThread>,
}

/// The ways to the lanes; at least one.
#[derive(Clone, Debug)]
pub(crate) struct Ways {
    first: Lane,
    others: Vec<Lane>,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    /// Runs what is carried here.
    pub(crate) runtime: Handle,
    pub(crate) handshakes: Handshakes,
    connections: Arc<AtomicUsize>,
}

/// A connection's place on a lane, until it is dropped.
#[derive(Debug)]
pub(crate) struct OnLane(Arc<AtomicUsize>);

/// A thread that runs a lane.
#[derive(Debug)]
struct LaneThread {
    stop: CancellationToken,
    thread: Option<thread::JoinHandle<()>>,
}

impl Lanes {
    /// So many new threads, at least one.
    ///
    /// # Errors
    ///
    /// When the system lets no more threads or event queues be made.
    pub fn start(count: usize) -> io::Result<Self> {
        let (first, thread) = LaneThread::start(1)?;
        let mut others = Vec::new();
        let mut threads = vec![thread];
        for number in 2..=count {
            let (lane, thread) = LaneThread::start(number)?;
            others.push(lane);
            threads.push(thread);
        }
        Ok(Self {
            ways: Ways { first, others },
            _threads: threads,
        })
    }

    /// The runtime that this is called on is the only lane. What else runs there knows no turns, and so signatures have none.
    pub(crate) fn here() -> Self {
        Self {
            ways: Ways {
                first: Lane::new(Handle::current(), Handshakes::as_they_come()),
                others: Vec::new(),
            },
            _threads: Vec::new(),
        }
    }

    pub(crate) fn ways(&self) -> Ways {
        self.ways.clone()
    }
}

impl Ways {
    /// The lane with this number, counted round.
    pub(crate) fn numbered(&self, number: usize) -> &Lane {
        let count = self.others.len().saturating_add(1);
        let others = number
            .checked_rem(count)
            .and_then(|number| number.checked_sub(1));
        others
            .and_then(|number| self.others.get(number))
            .unwrap_or(&self.first)
    }

    /// The lane with the fewest connections, and this one if none has fewer: then no other thread need be woken.
    pub(crate) fn emptiest<'a>(&'a self, near: &'a Lane) -> &'a Lane {
        let all = self.others.iter().chain([&self.first]);
        let emptiest = all.min_by_key(|lane| lane.count()).unwrap_or(near);
        if emptiest.count() < near.count() {
            emptiest
        } else {
            near
        }
    }
}

impl LaneThread {
    fn start(number: usize) -> io::Result<(Lane, Self)> {
        let runtime = Builder::new_current_thread()
            .event_interval(EVENT_INTERVAL)
            .max_blocking_threads(LOOKUPS_AT_ONCE)
            .enable_all()
            .build()?;
        let lane = Lane::new(runtime.handle().clone(), Handshakes::one_after_the_other());
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let thread = thread::Builder::new().name(format!("lane {number}"));
        let thread = thread.spawn(move || {
            runtime.block_on(stopped.cancelled());
            // A lookup that hangs must not keep the process.
            runtime.shutdown_background();
        })?;
        let thread = Some(thread);
        Ok((lane, Self { stop, thread }))
    }
}

impl Drop for LaneThread {
    fn drop(&mut self) {
        self.stop.cancel();
        // One that panicked has ended too.
        drop(self.thread.take().map(thread::JoinHandle::join));
    }
}

impl Lane {
    fn new(runtime: Handle, handshakes: Handshakes) -> Self {
        Self {
            runtime,
            handshakes,
            connections: Arc::default(),
        }
    }

    /// Whether the other is this one.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.connections, &other.connections)
    }

    fn count(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Counts one more connection here.
    pub(crate) fn enter(&self) -> OnLane {
        self.connections.fetch_add(1, Ordering::Relaxed);
        OnLane(Arc::clone(&self.connections))
    }
}

impl Drop for OnLane {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Makes handshakes on a lane.
#[derive(Clone, Debug)]
pub(crate) struct Handshakes {
    /// For the one step that takes long and comes next; without it they are made as they come.
    turn: Option<Arc<Semaphore>>,
}

impl Handshakes {
    fn one_after_the_other() -> Self {
        Self {
            turn: Some(Arc::new(Semaphore::new(1))),
        }
    }

    fn as_they_come() -> Self {
        Self { turn: None }
    }

    /// Makes a handshake in which we may sign with a key of this kind.
    pub(crate) async fn make<T>(
        &self,
        own: Option<PublicKeyAlgorithm>,
        mut handshake: Pin<Box<impl Future<Output = Result<T, Failure>>>>,
    ) -> Result<T, Failure> {
        let Some(turn) = self
            .turn
            .as_ref()
            .filter(|_| own.as_ref().is_some_and(is_slow))
        else {
            return handshake.await;
        };
        // Which step is the one that signs is known to the engine alone; while it waits for its peer a handshake keeps
        // nobody else out.
        loop {
            let taken = turn.acquire().await;
            // All that is ready comes before, also what is new on sockets.
            yield_now().await;
            let step = poll_fn(|cx| Poll::Ready(handshake.as_mut().poll(cx))).await;
            drop(taken);
            match step {
                Poll::Ready(made) => return made,
                Poll::Pending => woken().await,
            }
        }
    }
}

/// Waits until the task is woken by what it has polled before.
async fn woken() {
    let mut was_asked = false;
    poll_fn(|_| {
        if was_asked {
            return Poll::Ready(());
        }
        was_asked = true;
        Poll::Pending
    })
    .await;
}

/// Whether signatures with such a key take long. Those by P-256 and Ed25519, for which the engine has code of its own, take a
/// tenth of one by RSA; by P-384 and P-521 they do not.
fn is_slow(key: &PublicKeyAlgorithm) -> bool {
    match key {
        PublicKeyAlgorithm::Rsa { .. }
        | PublicKeyAlgorithm::EcP384
        | PublicKeyAlgorithm::EcP521
        | PublicKeyAlgorithm::Other(_) => true,
        PublicKeyAlgorithm::EcP256 | PublicKeyAlgorithm::Ed25519 => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;

    const RSA: PublicKeyAlgorithm = PublicKeyAlgorithm::Rsa { bits: 2048 };

    /// What happens when two handshakes of three steps each, with such a key, are made beside a task that is always ready.
    fn order(handshakes: &Handshakes, key: &PublicKeyAlgorithm) -> String {
        let happened = Arc::new(Mutex::new(String::new()));
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        for _ in 0..2 {
            let (happened, handshakes) = (Arc::clone(&happened), handshakes.clone());
            let key = Some(key.clone());
            runtime.spawn(async move {
                let steps = async move {
                    for _ in 0..3 {
                        happened.lock().expect("it is whole").push('s');
                        // As if the answer of the peer were there at once.
                        yield_now().await;
                    }
                    Ok(())
                };
                handshakes.make(key, Box::pin(steps)).await
            });
        }
        runtime.block_on(async {
            for _ in 0..20 {
                happened.lock().expect("it is whole").push('d');
                yield_now().await;
            }
        });
        happened.lock().expect("it is whole").clone()
    }

    #[test]
    fn between_two_slow_steps_there_is_time_for_data() {
        let order = order(&Handshakes::one_after_the_other(), &RSA);
        assert_eq!(order.matches('s').count(), 6, "{order}");
        assert!(!order.contains("ss"), "{order}");
    }

    #[test]
    fn steps_that_are_quick_or_alone_on_a_runtime_wait_for_nobody() {
        let lane = Handshakes::one_after_the_other();
        assert!(order(&lane, &PublicKeyAlgorithm::EcP256).starts_with("dss"));
        assert!(order(&Handshakes::as_they_come(), &RSA).starts_with("dss"));
    }

    #[test]
    fn who_comes_is_put_where_the_fewest_are_and_near_if_equal() {
        let lanes = Lanes::start(3).expect("threads");
        let lanes = lanes.ways();
        let near = lanes.numbered(1);
        assert!(near.is(&lanes.others[0]) && lanes.numbered(3).is(&lanes.first));
        let mut kept = Vec::new();
        for most in [1, 1, 1, 2, 2, 2] {
            let lane = lanes.emptiest(near);
            kept.push(lane.enter());
            assert_eq!(lane.count(), most);
        }
        drop(kept.pop());
        drop(kept);
        assert!(lanes.emptiest(near).is(near), "all have gone");
    }

    #[test]
    fn threads_end_with_the_lanes_whatever_hangs_there() {
        let lanes = Lanes::start(2).expect("threads");
        let kept = Arc::new(());
        let weak = Arc::downgrade(&kept);
        lanes.ways().numbered(1).runtime.spawn(async move {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            drop(kept);
        });
        drop(lanes);
        assert!(
            weak.upgrade().is_none(),
            "what was carried has gone with them"
        );
    }
}
