//! How many there may be at once: connections that are carried, and callers that have yet to show who they are.
//!
//! Whoever opens connections and says nothing takes room from the first moment on. So callers have room of their own until
//! their handshake is made, of which one tunnel gets half at most; a place among the connections they take only then.
//!
//! Invariant: nobody holds a place among the connections before a handshake, where one is demanded, and nobody waits for
//! one without a limit.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tracing::{info, warn};

use crate::figures::Counter;
use crate::limits::Limits;
use crate::report::repeats::PERIOD;

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
    /// What [`Told`] says of it, for whoever finds room: changed under its lock, and read without.
    used_up: AtomicBool,
    /// How often it was.
    times: Counter,
    /// What the log says of that. Looked at only when it begins and when it is over.
    told: Mutex<Told>,
    /// How long somebody waits for a place.
    patience: Duration,
}

/// What the log was told of a room that is used up again and again: once in a while.
#[derive(Debug, Default)]
struct Told {
    /// It is used up, or there is not much again yet.
    used_up: bool,
    last: Option<Instant>,
    /// How often it was used up since.
    untold: u64,
    /// Whether a line that it is used up waits for the one that there is room again.
    is_open: bool,
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
            told: Mutex::default(),
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
        self.note_used_up(tunnel);
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

    fn told(&self) -> MutexGuard<'_, Told> {
        // It is whole after every change, so that a panic elsewhere cannot have broken it.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody has to wait. The line stands in the log before the lock goes: that there is room again comes after it.
    fn note_used_up(&self, tunnel: Option<&str>) {
        let mut told = self.told();
        self.used_up.store(true, Ordering::Relaxed);
        let noted = told.wait(Instant::now());
        self.times.add(u64::from(noted.begins));
        if let Some(times) = noted.due {
            self.tell_used_up(tunnel, times);
        }
    }

    /// So often since the last such line.
    fn tell_used_up(&self, tunnel: Option<&str>, times: u64) {
        let (most, place) = (self.size, tunnel);
        let remedy = self.kind.remedy();
        match self.kind {
            Kind::Connections => warn!(
                most,
                times, remedy, "the room for connections is used up: callers wait"
            ),
            Kind::Handshakes => warn!(
                most,
                times, remedy, "the room for handshakes is used up: callers wait"
            ),
            Kind::OneTunnel => warn!(
                place,
                most,
                times,
                remedy,
                "the room of one tunnel for handshakes is used up: its callers wait"
            ),
        }
    }

    /// Only when there is a tenth of it: what is used up again at once would fill the log.
    fn tell_of_room(&self, tunnel: Option<&str>) {
        let (used, most, place) = (self.used(), self.size, tunnel);
        let free = most.saturating_sub(used).saturating_add(1);
        if free.saturating_mul(10) < most {
            return;
        }
        let mut told = self.told();
        self.used_up.store(false, Ordering::Relaxed);
        if !told.is_over() {
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

/// What it means that somebody has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Noted {
    /// There was room before.
    begins: bool,
    /// How often it was used up since the last line, if there is to be one.
    due: Option<u64>,
}

impl Told {
    /// Somebody has to wait.
    fn wait(&mut self, now: Instant) -> Noted {
        let begins = !std::mem::replace(&mut self.used_up, true);
        self.untold = self.untold.saturating_add(u64::from(begins));
        let early = |last| now.saturating_duration_since(last) < PERIOD;
        if self.is_open || self.last.is_some_and(early) {
            return Noted { begins, due: None };
        }
        self.last = Some(now);
        self.is_open = true;
        let due = Some(std::mem::take(&mut self.untold));
        Noted { begins, due }
    }

    /// There is room again: whether that is to be told.
    fn is_over(&mut self) -> bool {
        self.used_up = false;
        std::mem::take(&mut self.is_open)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_that_is_used_up_again_and_again_does_not_fill_the_log() {
        let mut told = Told::default();
        let begun = Instant::now();
        let at = |second| begun + Duration::from_secs(second);
        let (mut begins, mut ends) = (Vec::new(), 0);
        for second in 0..180 {
            begins.extend(told.wait(at(second)).due);
            ends += u32::from(told.is_over());
        }
        assert_eq!((begins, ends), (vec![1, 60, 60], 3));
        // It stays used up: the next who waits when the minute is over is told of, and then nobody.
        let waits: Vec<_> = (181..1000).map(|second| told.wait(at(second))).collect();
        let due: Vec<_> = waits.iter().filter_map(|noted| noted.due).collect();
        assert_eq!(due, [60]);
        let begins = waits.iter().filter(|noted| noted.begins).count();
        assert_eq!(begins, 1);
        assert!(told.is_over());
    }

    /// A room of one place, which two want at the same time, over and over.
    #[test]
    fn nobody_who_has_gone_leaves_the_log_waiting_for_room() {
        let limits = Limits {
            connections: 1,
            ..Limits::default()
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_time()
            .build()
            .expect("threads");
        for _ in 0..2000 {
            let rooms = Arc::new(Rooms::new(&limits));
            let both = [(); 2].map(|()| {
                let rooms = Arc::clone(&rooms);
                runtime.spawn(async move {
                    for _ in 0..20 {
                        drop(rooms.place().await.expect("it is free at once"));
                    }
                })
            });
            runtime.block_on(async {
                for one in both {
                    one.await.expect("it ran");
                }
                drop(rooms.place().await.expect("both have gone"));
            });
            let room = &rooms.connections;
            let told = room.told();
            assert_eq!(
                (
                    room.used_up.load(Ordering::Relaxed),
                    told.used_up,
                    told.is_open
                ),
                (false, false, false)
            );
        }
    }
}
