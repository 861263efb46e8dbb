//! Watching the files of a context on a thread of its own, for programs without a timer.
//!
//! What could not be taken over is tried again after a while, since a list may have become valid; it is told once.
//!
//! Invariant: the thread has ended when [`Watcher`] is gone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, SigmaskHow};

use crate::clock;
use crate::log;
use crate::numbers::Level;
use crate::retry::RETRY;
use crate::shared::{NotTaken, Shared};

/// A thread that watches.
#[derive(Debug)]
pub(crate) struct Watcher {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

/// Whether the thread is to end.
#[derive(Debug, Default)]
struct Stop {
    asked: Mutex<bool>,
    changed: Condvar,
}

impl Watcher {
    /// Looks at the files of a context once in each `interval`.
    pub(crate) fn start(shared: Arc<Shared>, interval: Duration) -> std::io::Result<Self> {
        let stop = Arc::<Stop>::default();
        let thread = thread::Builder::new().name("trustpack-watch".to_owned());
        // A thread begins with the mask of who starts it: this one takes no signal of the program.
        let mask = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
        let thread = thread.spawn({
            let stop = Arc::clone(&stop);
            move || watch(&shared, interval, &stop)
        });
        mask.thread_set_mask()?;
        let thread = thread?;
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        *self
            .stop
            .asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.changed.notify_all();
        if let Some(thread) = self.thread.take()
            // The log function of the program runs on it, and may free the context there: then nobody can wait.
            && thread.thread().id() != thread::current().id()
        {
            // It catches its panics itself.
            drop(thread.join());
        }
    }
}

impl Stop {
    /// Waits for so long; whether it is to end.
    fn wait(&self, interval: Duration) -> bool {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .changed
            .wait_timeout_while(asked, interval, |asked| !*asked);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

fn watch(shared: &Shared, interval: Duration, stop: &Stop) {
    let mut broken: Option<Instant> = None;
    while !stop.wait(interval) {
        let moment = Instant::now();
        if broken.is_some_and(|broken| moment < broken + RETRY) {
            continue;
        }
        let looked = catch_unwind(AssertUnwindSafe(|| {
            let read = || shared.read_again(moment, |keeper| keeper.refresh(clock::now()));
            shared.is_due(moment).then(read)
        }));
        broken = looked.is_err().then_some(moment);
        match looked {
            Ok(None | Some(Err(NotTaken::Unsettled(_) | NotTaken::StillRefused(_)))) => {}
            Ok(Some(Ok((_, lines)))) => {
                lines.iter().for_each(|line| log::write(Level::Info, line));
            }
            Ok(Some(Err(NotTaken::Refused(lines)))) => {
                lines.iter().for_each(|line| log::write(Level::Error, line));
            }
            Err(_panic) => log::write(
                Level::Error,
                "a fault in libtrustpack while files were read",
            ),
        }
    }
}
