//! How many there may be at once: connections that are carried, and callers that have yet to show who they are.
//!
//! Whoever opens connections and says nothing takes room from the first moment on. So callers have room of their own until
//! their handshake is made, of which one tunnel gets half at most; a place among the connections they take only then.
//!
//! Invariant: nobody holds a place among the connections before a handshake, where one is demanded, and nobody waits for
//! one without a limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tracing::{info, warn};

use crate::figures::Counter;
use crate::limits::Limits;

/// The rooms of a process.
#[derive(Debug)]
pub(crate) struct Rooms {
    pub(crate) connections: Room,
    pub(crate) handshakes: Room,
}

/// Room for so many.
#[derive(Debug)]
pub(crate) struct Room {
    kind: Kind,
    size: usize,
    places: Arc<Semaphore>,
    /// It was used up, and there is not much again yet.
    used_up: AtomicBool,
    /// How often it was.
    times: Counter,
    /// How long somebody waits for a place.
    patience: Duration,
}

/// Nobody has gone in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there was no room for it within {patience:?}: {what} are there ({most})")]
pub(crate) struct NoRoom {
    patience: Duration,
    /// As many of what as there may be.
    what: &'static str,
    most: usize,
}

/// What a room is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Connections,
    Handshakes,
    OneTunnel,
}

/// A caller who may make a handshake.
#[derive(Debug)]
pub(crate) struct Admission {
    _of_tunnel: Option<OwnedSemaphorePermit>,
    _of_process: Option<OwnedSemaphorePermit>,
}

/// A connection that is carried.
#[derive(Debug)]
pub(crate) struct Place {
    _place: Option<OwnedSemaphorePermit>,
}

impl Rooms {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            connections: Room::new(Kind::Connections, limits.connections, limits.room),
            handshakes: Room::new(Kind::Handshakes, limits.handshakes(), limits.room),
        }
    }

    /// Waits until a caller of the tunnel with this share may make a handshake.
    ///
    /// # Errors
    ///
    /// [`NoRoom`] when that takes too long.
    pub(crate) async fn admit(&self, share: &Room, tunnel: &str) -> Result<Admission, NoRoom> {
        // Whoever would have no place afterwards waits where waiting costs least: before the handshake.
        drop(self.connections.take(None).await?);
        Ok(Admission {
            _of_tunnel: share.take(Some(tunnel)).await?,
            _of_process: self.handshakes.take(None).await?,
        })
    }

    /// Waits until there is a place for one more connection.
    ///
    /// # Errors
    ///
    /// [`NoRoom`] when that takes too long.
    pub(crate) async fn place(&self) -> Result<Place, NoRoom> {
        Ok(Place {
            _place: self.connections.take(None).await?,
        })
    }
}

impl Room {
    /// The part of the room for handshakes that one tunnel may take.
    pub(crate) fn of_one_tunnel(limits: &Limits) -> Self {
        let size = limits.handshakes_of_one_tunnel();
        Self::new(Kind::OneTunnel, size, limits.room)
    }

    fn new(kind: Kind, size: usize, patience: Duration) -> Self {
        let size = size.min(Semaphore::MAX_PERMITS);
        Self {
            kind,
            size,
            places: Arc::new(Semaphore::new(size)),
            used_up: AtomicBool::new(false),
            times: Counter::default(),
            patience,
        }
    }

    /// For how many there is room.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// How many are there.
    pub(crate) fn used(&self) -> usize {
        self.size.saturating_sub(self.places.available_permits())
    }

    /// How often somebody had to wait for the first time after there was room.
    pub(crate) fn times_used_up(&self) -> u64 {
        self.times.get()
    }

    /// A place; nothing only if the room is closed, which nobody does.
    async fn take(&self, tunnel: Option<&str>) -> Result<Option<OwnedSemaphorePermit>, NoRoom> {
        let places = || Arc::clone(&self.places);
        if let Ok(place) = places().try_acquire_owned() {
            if self.used_up.load(Ordering::Relaxed) {
                self.tell_of_room(tunnel);
            }
            return Ok(Some(place));
        }
        if !self.used_up.swap(true, Ordering::Relaxed) {
            self.times.add(1);
            self.tell_used_up(tunnel);
        }
        let waited = timeout(self.patience, places().acquire_owned()).await;
        waited.map_or_else(|_| Err(self.no_room()), |place| Ok(place.ok()))
    }

    fn no_room(&self) -> NoRoom {
        NoRoom {
            patience: self.patience,
            what: match self.kind {
                Kind::Connections => "as many connections as there may be",
                Kind::Handshakes => "as many callers before their handshake as there may be",
                Kind::OneTunnel => "as many callers before their handshake as one tunnel may have",
            },
            most: self.size,
        }
    }

    fn tell_used_up(&self, tunnel: Option<&str>) {
        let (most, place) = (self.size, tunnel);
        let remedy = self.kind.remedy();
        match self.kind {
            Kind::Connections => warn!(
                most,
                remedy, "the room for connections is used up: callers wait"
            ),
            Kind::Handshakes => warn!(
                most,
                remedy, "the room for handshakes is used up: callers wait"
            ),
            Kind::OneTunnel => warn!(
                place,
                most, remedy, "the room of one tunnel for handshakes is used up: its callers wait"
            ),
        }
    }

    /// Only when there is a tenth of it: what is used up again at once would fill the log.
    fn tell_of_room(&self, tunnel: Option<&str>) {
        let (used, most, place) = (self.used(), self.size, tunnel);
        let free = most.saturating_sub(used).saturating_add(1);
        if free.saturating_mul(10) < most || !self.used_up.swap(false, Ordering::Relaxed) {
            return;
        }
        match self.kind {
            Kind::Connections => info!(used, most, "there is room for connections again"),
            Kind::Handshakes => info!(used, most, "there is room for handshakes again"),
            Kind::OneTunnel => info!(
                place,
                used, most, "there is room for handshakes of this tunnel again"
            ),
        }
    }
}

impl Kind {
    fn remedy(self) -> &'static str {
        match self {
            Self::Connections => {
                "raise --max-connections, or have connections closed on which nothing moves (--idle-timeout)"
            }
            Self::Handshakes | Self::OneTunnel => {
                "look in the log who begins handshakes and does not end them; a shorter --handshake-timeout ends them sooner"
            }
        }
    }
}
