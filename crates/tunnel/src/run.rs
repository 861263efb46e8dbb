//! Serving, and stopping by stages: no new connections, drain with a limit, cut and say which.
//!
//! Invariant: every connection is a tracked task, and none is left when [`Bound::run`] returns.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::accepting::Accepting;
use crate::bind::{Bound, Door};
use crate::connection::{Common, carry};
use crate::lanes::{Lane, LaneHandles, Lanes};
use crate::limits::Limits;
use crate::report::Remote;
use crate::report::repeats::PERIOD;
use crate::roll::{Entry, OpenConnection, Roll};
use crate::rooms::{Admission, NoRoom, Rooms};
use crate::running::{Doorway, Tunnel, Tunnels};
use crate::socket::{Listener, Loose, Socket};
use crate::spec::TunnelSpec;

/// How tunnels ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Every connection had come to its end.
    Drained,
    /// These had not when the limit was reached, and were cut.
    Cut(Vec<OpenConnection>),
}

impl Bound {
    /// Has connections carried on these lanes. Without this they are on the runtime that [`Self::run`] is called on.
    #[must_use]
    pub fn on(mut self, lanes: Lanes) -> Self {
        self.lanes = Some(lanes);
        self
    }

    /// Serves until `stop` is cancelled, then drains.
    ///
    /// Addresses are given up at once at the stop; connections go on until they end or the limit for
    /// draining is reached. Those that are left then are cut, and named.
    pub async fn run(self, stop: CancellationToken) -> Stopped {
        let tunnels = self.premises.tunnels.clone();
        let stopped = tokio::select! {
            biased;
            stopped = self.serve(stop) => stopped,
            never = tell_repeats(&tunnels) => match never {},
        };
        for tunnel in tunnels.all() {
            tunnel.spec().figures.repeats.tell();
        }
        stopped
    }

    async fn serve(self, stop: CancellationToken) -> Stopped {
        let Self {
            doors,
            premises,
            mut later,
            roll,
            rooms,
            lanes,
            unused,
        } = self;
        drop(unused);
        let lanes = lanes.unwrap_or_else(Lanes::here);
        let limits = premises.limits;
        let hall = Arc::new(Hall {
            limits,
            rooms,
            roll,
            lanes: lanes.handles(),
            cut: premises.cut.clone(),
            connections: TaskTracker::new(),
        });
        let mut keepers = Keepers::default();
        for door in doors {
            keepers.keep(door, &hall);
        }
        while let Some(Some(door)) = stop.run_until_cancelled(later.recv()).await {
            keepers.keep(door, &hall);
        }
        stop.cancelled().await;
        premises.closing.cancel();
        // What comes now was bound too late.
        later.close();
        while let Ok(door) = later.try_recv() {
            door.refuse();
        }
        keepers.end().await;
        // Not before: who has asked in between has the sockets, and nobody is refused.
        premises.handing.close();
        hall.connections.close();
        if hall.drained(premises.custody.is_given_up()).await {
            return Stopped::Drained;
        }
        let left = hall.roll.open();
        hall.cut.cancel();
        hall.connections.wait().await;
        if left.is_empty() {
            Stopped::Drained
        } else {
            Stopped::Cut(left)
        }
    }
}

/// Tells of lines that were kept back, when their time is over; for ever.
async fn tell_repeats(tunnels: &Tunnels) -> Infallible {
    loop {
        sleep(PERIOD).await;
        for tunnel in tunnels.all() {
            tunnel.spec().figures.repeats.tell_over(Instant::now());
        }
    }
}

/// What the connections of a process share.
struct Hall {
    limits: Limits,
    rooms: Arc<Rooms>,
    roll: Arc<Roll>,
    lanes: LaneHandles,
    cut: CancellationToken,
    connections: TaskTracker,
}

impl Hall {
    /// Waits until there is room for a caller of this tunnel.
    async fn admit(&self, tunnel: &Tunnel) -> Result<Admission, NoRoom> {
        let place = tunnel.spec().place().to_string();
        self.rooms.admit(&tunnel.share, &place).await
    }

    /// Waits until every connection has ended; not when they are to be cut, be it since the limit is reached.
    async fn drained(&self, taken_over: bool) -> bool {
        let limit = if taken_over {
            self.limits.drain_after_take_over
        } else {
            Some(self.limits.drain)
        };
        let over = async {
            match limit {
                Some(limit) => sleep(limit).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.connections.wait() => true,
            () = self.cut.cancelled() => false,
            () = over => false,
        }
    }
}

/// Who keeps the doors.
#[derive(Default)]
struct Keepers {
    tasks: TaskTracker,
    doors: usize,
}

impl Keepers {
    /// Has a door kept on the next of the lanes.
    fn keep(&mut self, door: Door, hall: &Arc<Hall>) {
        let lane = hall.lanes.numbered(self.doors).clone();
        self.doors = self.doors.wrapping_add(1);
        let runtime = lane.runtime.clone();
        let keeping = keep(door, Arc::clone(hall), lane);
        self.tasks.spawn_on(keeping, &runtime);
    }

    /// Waits until every door is closed.
    async fn end(self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Accepts at one door until it is closed; runs on this lane. A caller is served only when there is room; one
/// waits here, the others in the system's queue.
async fn keep(door: Door, hall: Arc<Hall>, lane: Lane) {
    // Dropped last: the address is free by then.
    let _closed = door.way.closed.clone().drop_guard();
    let Door {
        tunnel,
        socket,
        way: Doorway { closing, .. },
        file: _file,
    } = door;
    let listener = match Listener::new(socket) {
        Ok(listener) => listener,
        Err(error) => {
            let (error, place) = (error.to_string(), tunnel.spec().place().to_string());
            warn!(error, place, "its listening socket cannot be served");
            return;
        }
    };
    let mut accepting = Accepting::at(&tunnel.spec());
    while let Some((socket, caller)) = closing
        .run_until_cancelled(accepting.next(|| listener.accept()))
        .await
    {
        // Room is asked for only when somebody is there: a quiet door keeps nobody else out. A caller who was accepted
        // is not turned away by the stop: there may be room before the end of the drain.
        let admission = hall.admit(&tunnel);
        let admission = closing.run_until_cancelled(admission).await;
        take_in(&tunnel, &hall, &lane, (socket, caller), admission);
    }
}

/// Carries a connection as a task, on this lane unless there is one with fewer; without `admission`, once there is room. If
/// there was none, it is only reported.
fn take_in(
    tunnel: &Arc<Tunnel>,
    hall: &Arc<Hall>,
    near: &Lane,
    (socket, caller): (Socket, Remote),
    admission: Option<Result<Admission, NoRoom>>,
) {
    let terms = tunnel.terms();
    let place = terms.spec.place().clone();
    let entry = Entry::new(&hall.roll, OpenConnection { place, caller });
    let lane = hall.lanes.emptiest(near);
    let seat = if lane.is(near) {
        Ok(Seat::Taken(socket))
    } else {
        socket.leave().map(Seat::Elsewhere)
    };
    let on_lane = lane.enter();
    let connections = hall.connections.clone();
    let hall = Arc::clone(hall);
    let waits_at = admission.is_none().then(|| Arc::clone(tunnel));
    let (runtime, handshakes) = (&lane.runtime, lane.handshakes.clone());
    let carrying = async move {
        let _on_lane = on_lane;
        let admission = match waits_at {
            Some(tunnel) => {
                let admission = Box::pin(hall.admit(&tunnel));
                terms.cut.run_until_cancelled(admission).await
            }
            None => admission,
        };
        let common = Common {
            limits: &hall.limits,
            stop: &hall.cut,
            handshakes: &handshakes,
            rooms: &hall.rooms,
        };
        match seat.and_then(Seat::take) {
            Ok(socket) => carry(&terms, common, socket, &entry, admission.transpose()).await,
            Err(error) => not_taken_in(&terms.spec, &entry, &error),
        }
    };
    connections.spawn_on(tunnel.connections.track_future(carrying), runtime);
}

/// A caller's socket on its way to the lane that carries it.
enum Seat {
    Taken(Socket),
    /// On another lane, which has to take it up on its own runtime.
    Elsewhere(Loose),
}

impl Seat {
    /// On the lane that this is called on.
    fn take(self) -> io::Result<Socket> {
        match self {
            Self::Taken(socket) => Ok(socket),
            Self::Elsewhere(loose) => loose.join(),
        }
    }
}

/// The caller is let go of.
fn not_taken_in(spec: &TunnelSpec, entry: &Entry, error: &io::Error) {
    let (error, place) = (error.to_string(), spec.place().to_string());
    let peer = entry.caller.to_string();
    warn!(place, peer, error, "a connection cannot be carried");
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drained => f.write_str("all connections had ended"),
            Self::Cut(connections) => {
                write!(f, "{} connections were cut:", connections.len())?;
                for (index, connection) in connections.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma} {connection}")?;
                }
                Ok(())
            }
        }
    }
}
