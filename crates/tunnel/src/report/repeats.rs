//! Keeps floods out of the log: where many handshakes end before there is anything to judge, a few have lines of their own,
//! and the others one together.
//!
//! Invariant: what is kept is bounded by the number of causes, and whoever was counted is told of: when the period is over,
//! and at the latest when the tunnel goes.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use trustpack_tls::cause::Cause;

use super::Refused;

/// Callers that have lines of their own in a period, of those whose connection ended at one endpoint for one cause before
/// there was anything to judge.
///
/// Source: ours; enough to see who they are.
pub const MAX_OWN_LINES: usize = 20;

/// After so long, callers whose connection ended before there was anything to judge have lines of their own again.
///
/// Source: ours; a flood is one line a minute for each of the few causes that there are.
pub const PERIOD: Duration = Duration::from_secs(60);

/// What came again and again at one endpoint.
#[derive(Debug, Default)]
pub(crate) struct Repeats(Mutex<Vec<Window>>);

/// A period of one cause.
#[derive(Debug)]
struct Window {
    cause: Cause,
    begun: Instant,
    own_lines: usize,
    /// The last of those without one, and how many they are.
    rest: Option<(Refused, u64)>,
}

impl Repeats {
    /// Counts one. Gives it back if it is to have a line of its own.
    pub(crate) fn note(&self, cause: Cause, refused: Refused, now: Instant) -> Option<Refused> {
        let mut windows = self.lock();
        let known = windows.iter().position(|window| window.cause == cause);
        let Some(window) = known.and_then(|known| windows.get_mut(known)) else {
            windows.push(Window::begin(cause, now));
            return Some(refused);
        };
        if window.is_over(now) {
            let before = std::mem::replace(window, Window::begin(cause, now));
            before.tell();
            return Some(refused);
        }
        if window.own_lines < MAX_OWN_LINES {
            window.own_lines = window.own_lines.saturating_add(1);
            return Some(refused);
        }
        let times = window.rest.take().map_or(0, |(_, times)| times);
        window.rest = Some((refused, times.saturating_add(1)));
        None
    }

    /// Tells of those whose period is over.
    pub(crate) fn tell_over(&self, now: Instant) {
        let mut windows = self.lock();
        let all = std::mem::take(&mut *windows).into_iter();
        let (over, others) = all.partition(|window| window.is_over(now));
        *windows = others;
        drop(windows);
        let over: Vec<Window> = over;
        over.into_iter().for_each(Window::tell);
    }

    /// Tells of all.
    pub(crate) fn tell(&self) {
        let all = std::mem::take(&mut *self.lock());
        all.into_iter().for_each(Window::tell);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Window>> {
        // The list is whole after every change, so that a panic elsewhere cannot have broken it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Repeats {
    fn drop(&mut self) {
        self.tell();
    }
}

impl Window {
    /// With one that has its line.
    fn begin(cause: Cause, now: Instant) -> Self {
        Self {
            cause,
            begun: now,
            own_lines: 1,
            rest: None,
        }
    }

    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.begun) >= PERIOD
    }

    fn tell(self) {
        if let Some((last, times)) = self.rest {
            last.of_many(times).log();
        }
    }
}
