//! Running under systemd: sockets that it has opened, and what it is told.

use std::os::fd::OwnedFd;
use std::time::Duration;

use listenfd::ListenFd;
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
    manager: Option<Manager>,
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
            manager,
        }
    }

    /// Tells that this process takes over from another one of the service, before that one ends.
    pub(super) fn take_over(&self) {
        let process = std::process::id();
        if let Some(manager) = &self.manager {
            tell(manager, Notice::Main { process });
        }
    }

    /// Tells what becomes of tunnels that serve from now on, until the task is aborted: that they do, that they are
    /// alive, and that they stop, unless another process of the service has taken over.
    pub(super) fn start(
        self,
        overview: Overview,
        stop: CancellationToken,
        taken_over: CancellationToken,
    ) -> Option<JoinHandle<()>> {
        let manager = self.manager?;
        let status = overview.status(&stop);
        let listening = status.endpoints.iter();
        let listening = listening.map(|endpoint| endpoint.listen.len()).sum();
        tell(&manager, Notice::Ready { listening });
        // Half of the time, as `sd_watchdog_enabled(3)` advises.
        let pause = self.watchdog.map(|period| period / 2);
        Some(tokio::spawn(async move {
            let mut stopping = false;
            loop {
                let beat = async {
                    match pause {
                        Some(pause) => sleep(pause).await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = beat => {
                        // Another task gets its turn, and what the tunnels share can be had: they make progress.
                        let (overview, stop) = (overview.clone(), stop.clone());
                        let progress = tokio::spawn(async move { drop(overview.status(&stop)) });
                        if progress.await.is_ok() {
                            tell(&manager, Notice::Alive);
                        }
                    }
                    () = stop.cancelled(), if !stopping => {
                        stopping = true;
                        // The service goes on: only this process of it ends.
                        if !taken_over.is_cancelled() {
                            tell(&manager, Notice::Stopping);
                        }
                    }
                }
            }
        }))
    }
}

fn tell(manager: &Manager, notice: Notice) {
    if let Err(error) = manager.tell(notice) {
        let error = error.to_string();
        warn!(error, "the service manager was not told");
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
