//! Threads that carry connections, each with a runtime of its own.
//!
//! A connection stays where it was put: nobody wakes another thread for it, and its memory is not handed from one to the
//! other. Who comes is put on the lane with the fewest connections.
//!
//! Signatures that take long come after everything else on their lane ([`handshakes`]).
//!
//! Invariant: a lane ends with the [`Lanes`] that it is of, whatever hangs on it.

pub(crate) mod handshakes;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::CancellationToken;

use self::handshakes::Handshakes;
use crate::limits::LOOKUPS_AT_ONCE;

/// After how many steps of connections it is looked whether there is something new on sockets. A step of a handshake takes
/// a fifth of a millisecond, and tokio's own 61 of them would be felt.
const EVENT_INTERVAL: u32 = 8;

/// Threads to carry connections on. They end when this is dropped, with whatever is still carried there.
#[derive(Debug)]
pub struct Lanes {
    handles: LaneHandles,
    /// Not with the handles: a connection has those, and must not wait for the end of its own thread.
    _threads: Vec<LaneThread>,
}

/// What connections are put on the lanes with; of one lane at least.
#[derive(Clone, Debug)]
pub(crate) struct LaneHandles {
    first: Lane,
    others: Vec<Lane>,
}

/// A lane, for whoever puts connections on it.
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
            handles: LaneHandles { first, others },
            _threads: threads,
        })
    }

    /// The runtime that this is called on is the only lane. What else runs there knows no turns, and so signatures have none.
    pub(crate) fn here() -> Self {
        Self {
            handles: LaneHandles {
                first: Lane::new(Handle::current(), Handshakes::as_they_come()),
                others: Vec::new(),
            },
            _threads: Vec::new(),
        }
    }

    pub(crate) fn handles(&self) -> LaneHandles {
        self.handles.clone()
    }
}

impl LaneHandles {
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

    /// Waits until each lane has had a turn for something new; whether all of them still run. One that is blocked has none.
    pub(crate) async fn all_go_on(&self) -> bool {
        let all = self.others.iter().chain([&self.first]);
        let turns: Vec<_> = all.map(|lane| lane.runtime.spawn(async {})).collect();
        let mut go_on = true;
        for turn in turns {
            go_on &= turn.await.is_ok();
        }
        go_on
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_comes_is_put_where_the_fewest_are_and_near_if_equal() {
        let lanes = Lanes::start(3).expect("threads");
        let lanes = lanes.handles();
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
    fn lanes_go_on_when_each_of_them_does() {
        let lanes = Lanes::start(2).expect("threads");
        let handles = lanes.handles();
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        let moment = Duration::from_millis(50);
        let within_moment = || {
            runtime.block_on(async { tokio::time::timeout(moment, handles.all_go_on()).await.ok() })
        };
        assert!(runtime.block_on(handles.all_go_on()));
        for number in 0..2 {
            // What a task must never do: its thread waits, and everything on it.
            let (go_on, waits) = std::sync::mpsc::channel::<()>();
            let blocked = handles.numbered(number).runtime.spawn(async move {
                waits.recv().expect_err("nobody says anything");
            });
            assert_eq!(within_moment(), None, "lane {number} is blocked");
            drop(go_on);
            runtime.block_on(blocked).expect("it goes on");
            assert!(runtime.block_on(handles.all_go_on()));
        }
        drop(lanes);
        assert!(!runtime.block_on(handles.all_go_on()), "they have ended");
    }

    #[test]
    fn threads_end_with_the_lanes_whatever_hangs_there() {
        let lanes = Lanes::start(2).expect("threads");
        let kept = Arc::new(());
        let weak = Arc::downgrade(&kept);
        lanes.handles().numbered(1).runtime.spawn(async move {
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
