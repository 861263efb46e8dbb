//! Accepting callers, and going on where that fails.
//!
//! Invariant: who is gone before it is accepted holds up nobody. Where the system is short of something the queue is looked
//! at again after a pause, and the log says what it is short of: when it begins and when it is over, and where that changes
//! all the time once in a while.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::figures::Figures;
use crate::limits::ACCEPT_PAUSE;
use crate::report::repeats::PERIOD;
use crate::spec::TunnelSpec;

/// Accepts at one door.
pub(crate) struct Accepting {
    place: String,
    figures: Arc<Figures>,
    shortage: Shortage,
    gone: Gone,
}

/// What it means that a caller could not be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// This one is gone, or cannot be reached any more. The next one is accepted as ever.
    OfCaller,
    /// The next one cannot be accepted either.
    Lack(Lack),
}

/// What it takes to accept a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lack {
    FilesOfProcess,
    FilesOfSystem,
    Memory,
    /// A listening socket that is none any more, or whatever the system has not said yet.
    Other,
}

/// What the system is short of so that nobody can be accepted.
#[derive(Default)]
struct Shortage {
    /// Since the last line that said that it was over.
    failures: u64,
    pause: Duration,
    /// What was told of, and when last.
    told: Vec<(Lack, Instant)>,
    /// Whether the line that told of it waits for the one that it is over.
    is_open: bool,
}

/// Callers that were gone before they were accepted.
#[derive(Default)]
struct Gone {
    /// Of whom no line tells yet, and what the system said of the last.
    untold: Option<(io::Error, u64)>,
    told: Option<Instant>,
}

impl Accepting {
    pub(crate) fn at(spec: &TunnelSpec) -> Self {
        Self {
            place: spec.place().to_string(),
            figures: Arc::clone(&spec.figures),
            shortage: Shortage::default(),
            gone: Gone::default(),
        }
    }

    /// The next caller, however often `accept` fails before it comes.
    pub(crate) async fn next<T, A>(&mut self, mut accept: impl FnMut() -> A) -> T
    where
        A: Future<Output = io::Result<T>>,
    {
        loop {
            match accept().await {
                Ok(caller) => {
                    self.goes_on();
                    return caller;
                }
                Err(error) => {
                    let pause = self.fails(error, Instant::now());
                    // The queue stays as it is; without a pause the loop would take a whole core.
                    if !pause.is_zero() {
                        sleep(pause).await;
                    }
                }
            }
        }
    }

    /// Tells of it, unless it did just now; how long nothing is tried then.
    fn fails(&mut self, error: io::Error, now: Instant) -> Duration {
        let lack = match Fault::of(&error) {
            Fault::OfCaller => {
                self.gone.note(error);
                if self.gone.is_due(now) {
                    self.gone.tell(&self.place, now);
                }
                return Duration::ZERO;
            }
            Fault::Lack(lack) => lack,
        };
        self.figures.accept_errors.add(1);
        if self.shortage.note(lack, now) {
            let (error, place) = (error.to_string(), &*self.place);
            let remedy = lack.remedy();
            warn!(
                error,
                place, remedy, "connections cannot be accepted for now"
            );
        }
        self.shortage.pause()
    }

    fn goes_on(&mut self) {
        if let Some(failures) = self.shortage.is_over() {
            let place = &*self.place;
            info!(place, failures, "connections are accepted again");
        }
    }
}

impl Drop for Accepting {
    fn drop(&mut self) {
        self.gone.tell(&self.place, Instant::now());
    }
}

impl Fault {
    fn of(error: &io::Error) -> Self {
        // Without a number, from whoever has made something of what was accepted.
        if error.kind() == io::ErrorKind::ConnectionAborted {
            return Self::OfCaller;
        }
        match Errno::from_io_error(error) {
            Some(errno) if OF_CALLER.contains(&errno) => Self::OfCaller,
            Some(Errno::MFILE) => Self::Lack(Lack::FilesOfProcess),
            Some(Errno::NFILE) => Self::Lack(Lack::FilesOfSystem),
            Some(Errno::NOBUFS | Errno::NOMEM) => Self::Lack(Lack::Memory),
            Some(_) | None => Self::Lack(Lack::Other),
        }
    }
}

/// What is said of one caller alone, who is out of the queue then.
///
/// Source: `accept(2)` of Linux, "Error handling" and "Errors": errors of the network that wait at the new socket come out
/// there, and EPERM where a firewall forbids the connection. Without EOPNOTSUPP: a listening socket that is none says it too.
const OF_CALLER: &[Errno] = &[
    Errno::CONNABORTED,
    Errno::CONNRESET,
    Errno::INTR,
    Errno::PERM,
    Errno::PROTO,
    Errno::NOPROTOOPT,
    Errno::TIMEDOUT,
    Errno::NETDOWN,
    Errno::NETUNREACH,
    Errno::HOSTDOWN,
    Errno::HOSTUNREACH,
    #[cfg(target_os = "linux")]
    Errno::NONET,
];

impl Lack {
    fn remedy(self) -> &'static str {
        match self {
            Self::FilesOfProcess => {
                "raise the limit of open files of this process (`LimitNOFILE=` of its service, `ulimit -n`), or allow fewer connections \
                 at once with --max-connections"
            }
            Self::FilesOfSystem => {
                "look which process has so many files open, or raise the limit of the whole system (`sysctl fs.file-max`)"
            }
            Self::Memory => {
                "look what takes the memory of this machine, or allow fewer connections at once with --max-connections"
            }
            Self::Other => {
                "if it does not pass, restart the process: its listening socket is of no use"
            }
        }
    }
}

impl Shortage {
    /// Whether it is to be told of.
    fn note(&mut self, lack: Lack, now: Instant) -> bool {
        let (first, longest) = ACCEPT_PAUSE;
        self.failures = self.failures.saturating_add(1);
        self.pause = self.pause.saturating_mul(2).clamp(first, longest);
        let known = self.told.iter_mut().find(|(other, _)| *other == lack);
        match known {
            Some((_, told)) if now.saturating_duration_since(*told) < PERIOD => return false,
            Some((_, told)) => *told = now,
            None => self.told.push((lack, now)),
        }
        self.is_open = true;
        true
    }

    fn pause(&self) -> Duration {
        self.pause
    }

    /// How often accepting has failed, if it is to be told that this is over.
    fn is_over(&mut self) -> Option<u64> {
        self.pause = Duration::ZERO;
        std::mem::take(&mut self.is_open).then(|| std::mem::take(&mut self.failures))
    }
}

impl Gone {
    fn note(&mut self, error: io::Error) {
        let times = self.untold.take().map_or(0, |(_, times)| times);
        self.untold = Some((error, times.saturating_add(1)));
    }

    fn is_due(&self, now: Instant) -> bool {
        let told = self.told;
        told.is_none_or(|told| now.saturating_duration_since(told) >= PERIOD)
    }

    fn tell(&mut self, place: &str, now: Instant) {
        if let Some((error, times)) = self.untold.take() {
            let error = error.to_string();
            info!(
                error,
                place, times, "callers were gone before they were accepted"
            );
            self.told = Some(now);
        }
    }
}

#[cfg(test)]
mod tests;
