//! Running under systemd: sockets that it has opened, and what it is told.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use listenfd::ListenFd;
use rustix::time::{ClockId, clock_gettime};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use trustpack_tunnel::handover::Inherited;
use trustpack_tunnel::status::Overview;
use trustpack_tunnel::systemd::{Manager, Notice};

use crate::session;

/// Most sockets that are taken.
///
/// Source: ours; more than a unit of systemd opens.
const MAX_SOCKETS: u32 = 1024;

/// The service manager, if this process was started by one that listens.
#[derive(Debug)]
pub(super) struct Systemd {
    told: ToldManager,
    /// How often it wants to hear that this process is alive.
    watchdog: Option<Duration>,
}

impl Systemd {
    /// As the environment says. Comes before the sandbox.
    pub(super) fn of_environment() -> Self {
        let text = |name| session::environment(name).and_then(|value| value.into_string().ok());
        let manager = text("NOTIFY_SOCKET").and_then(|address| match Manager::at(&address) {
            Ok(manager) => Some(manager),
            Err(error) => {
                let error = error.to_string();
                warn!(error, "the service manager cannot be told anything");
                None
            }
        });
        let is_us = text("WATCHDOG_PID").is_none_or(|id| id == std::process::id().to_string());
        let period = text("WATCHDOG_USEC").and_then(|period| period.parse().ok());
        let period = period.filter(|period| is_us && *period > 0);
        Self {
            watchdog: period
                .map(Duration::from_micros)
                .filter(|_| manager.is_some()),
            told: ToldManager(manager.map(|manager| {
                Arc::new(Listener {
                    manager,
                    is_over: AtomicBool::new(false),
                })
            })),
        }
    }

    /// Tells that this process takes over from another one of the service, before that one ends: its end would be taken
    /// for that of the service.
    pub(super) fn take_over(&self) {
        let process = std::process::id();
        self.told.tell(Notice::Main { process });
    }

    /// Tells that the process before this one is the main one as before: it has not agreed.
    pub(super) fn give_back(&self, process: Option<u32>) {
        if let Some(process) = process {
            self.told.tell(Notice::Main { process });
        }
    }

    /// What the manager is told by others than [`Systemd::start`].
    pub(super) fn told(&self) -> ToldManager {
        self.told.clone()
    }

    /// Tells what becomes of tunnels that serve from now on, until [`Telling::end`]: that they do, that they are alive, and
    /// that they stop, unless another process of the service has taken over.
    pub(super) fn start(self, overview: Overview, stop: CancellationToken) -> Telling {
        let status = overview.status(&stop);
        let listening = status.endpoints.iter();
        let listening = listening.map(|endpoint| endpoint.listen.len()).sum();
        self.told.tell(Notice::Ready { listening });
        let told = self.told.clone();
        // Half of the time, as `sd_watchdog_enabled(3)` advises.
        let pause = self.watchdog.map(|period| period / 2);
        let telling = tokio::spawn(async move {
            let beats = async {
                let Some(pause) = pause else {
                    return std::future::pending().await;
                };
                loop {
                    sleep(pause).await;
                    // Another task gets its turn here, and each thread that carries connections has one too. While one of
                    // them hangs nothing is told, and the manager restarts the service.
                    let (overview, stop) = (overview.clone(), stop.clone());
                    let progress = tokio::spawn(async move {
                        drop(overview.status(&stop));
                        overview.all_go_on().await
                    });
                    if progress.await.is_ok_and(|go_on| go_on) {
                        told.tell(Notice::Alive);
                    }
                }
            };
            let stopping = async {
                stop.cancelled().await;
                told.stopping();
            };
            tokio::join!(beats, stopping);
        });
        Telling {
            told: self.told,
            telling,
        }
    }
}

/// A manager that is told how tunnels are.
#[derive(Debug)]
pub(super) struct Telling {
    told: ToldManager,
    telling: JoinHandle<()>,
}

impl Telling {
    /// The process ends; it is told that it stops, if it was not.
    pub(super) fn end(self) {
        self.telling.abort();
        self.told.stopping();
    }
}

/// The service manager, if there is one, for everybody who has something to tell.
#[derive(Clone, Debug)]
pub(super) struct ToldManager(Option<Arc<Listener>>);

#[derive(Debug)]
struct Listener {
    manager: Manager,
    /// It knows that this process stops, or is not to know, since another one serves.
    is_over: AtomicBool,
}

impl ToldManager {
    fn tell(&self, notice: Notice) {
        let told = self
            .0
            .as_ref()
            .map(|listener| listener.manager.tell(notice));
        if let Some(Err(error)) = told {
            let error = error.to_string();
            warn!(error, "the service manager was not told");
        }
    }

    /// This process stops, and the service with it.
    fn stopping(&self) {
        if !self.over() {
            self.tell(Notice::Stopping);
        }
    }

    /// The service goes on in another process: that this one stops means nothing.
    pub(super) fn taken_over(&self) {
        self.over();
    }

    /// Tells that settings and files are read again until `read` is over.
    pub(super) async fn while_reading<T>(&self, read: impl Future<Output = T>) -> T {
        let now = clock_gettime(ClockId::Monotonic);
        let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
        let nanoseconds = u64::try_from(now.tv_nsec).unwrap_or_default();
        self.tell(Notice::Reading {
            monotonic_microseconds: seconds
                .saturating_mul(1_000_000)
                .saturating_add(nanoseconds / 1_000),
        });
        let read = read.await;
        self.tell(Notice::Serving);
        read
    }

    /// There is nothing more to say of the end. Gives whether that was so before.
    fn over(&self) -> bool {
        let listener = self.0.as_ref();
        listener.is_none_or(|listener| listener.is_over.swap(true, Ordering::SeqCst))
    }
}

/// The listening sockets that systemd has opened for this process. The variables that name them are removed.
pub(super) fn sockets() -> Vec<Inherited> {
    let count = session::environment("LISTEN_FDS").and_then(|count| count.into_string().ok());
    let count = count.and_then(|count| count.parse::<u32>().ok());
    if count.is_none_or(|count| count > MAX_SOCKETS) {
        return Vec::new();
    }
    let mut given = ListenFd::from_env();
    let mut sockets = Vec::new();
    for index in 0..given.len() {
        let tcp = given.take_tcp_listener(index).ok().flatten();
        let unix = given.take_unix_listener(index).ok().flatten();
        let socket = tcp.map(OwnedFd::from).or_else(|| unix.map(OwnedFd::from));
        match socket.map(Inherited::of_manager) {
            Some(Ok(inherited)) => sockets.push(inherited),
            Some(Err(error)) => not_used(index, &error.to_string()),
            None => not_used(index, "it is no listening stream socket"),
        }
    }
    sockets
}

fn not_used(index: usize, reason: &str) {
    warn!(
        index,
        reason, "a socket of the service manager is of no use"
    );
}
