//! A program that runs beside the story and whose lines are waited for.
//!
//! Invariant: no time is guessed: a wait ends when the line is there or the program has ended, and its
//! limit is so far off that only a fault reaches it.

use std::io::{BufRead as _, BufReader, Read};
use std::process::Stdio;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::call::{Call, Outcome, Running};

/// How long anything is waited for that happens at once unless something is broken.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How long nothing is done between two looks at something that cannot be waited for.
const PAUSE: Duration = Duration::from_millis(10);

/// Looks again and again until `condition` holds.
#[track_caller]
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(
            Instant::now() < deadline,
            "{what}: not so after {PATIENCE:?}"
        );
        std::thread::sleep(PAUSE);
    }
}

/// A running program, with what it has written.
#[derive(Debug)]
pub struct Watched {
    running: Option<Running>,
    written: Arc<Written>,
    readers: Vec<JoinHandle<()>>,
    /// How many lines the story has passed by.
    passed: usize,
}

/// What a program has written on both outputs.
#[derive(Debug, Default)]
struct Written {
    lines: Mutex<Lines>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Lines {
    all: Vec<String>,
    /// Outputs that have come to their end, or are not read any more.
    closed: usize,
    /// Whether an output is closed at our end when its next line has come.
    unwanted: bool,
}

const OUTPUTS: usize = 2;

impl Watched {
    /// Starts a program whose two outputs are read line by line.
    #[track_caller]
    #[must_use]
    pub fn start(mut call: Call) -> Self {
        call.command().stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = call.start();
        let written = Arc::<Written>::default();
        let (stdout, stderr) = running.outputs();
        let readers = vec![
            std::thread::spawn({
                let written = Arc::clone(&written);
                move || written.read(stdout)
            }),
            std::thread::spawn({
                let written = Arc::clone(&written);
                move || written.read(stderr)
            }),
        ];
        Self {
            running: Some(running),
            written,
            readers,
            passed: 0,
        }
    }

    /// Waits for the next line that `wanted` takes, and passes by it and all before it.
    #[track_caller]
    pub fn line<T>(&mut self, wanted: impl Fn(&str) -> Option<T>) -> T {
        let mut seen = self.passed;
        let found = self.written.wait_for(|lines| {
            let new = lines.all.get(seen..).unwrap_or_default();
            let found = new
                .iter()
                .zip(seen + 1..)
                .find_map(|(line, passed)| Some((passed, wanted(line)?)));
            seen = lines.all.len();
            match (found, lines.closed) {
                (Some(found), _) => Some(Some(found)),
                (None, OUTPUTS) => Some(None),
                (None, _) => None,
            }
        });
        match found {
            Some(Some((passed, made))) => {
                self.passed = passed;
                made
            }
            Some(None) => panic!(
                "it ended without the line that is waited for after line {}:\n{}",
                self.passed,
                self.written()
            ),
            None => panic!(
                "the line that is waited for after line {} does not come:\n{}",
                self.passed,
                self.written()
            ),
        }
    }

    /// Number of its process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.running.as_ref().map_or(0, Running::id)
    }

    /// Everything it has written so far.
    #[must_use]
    pub fn written(&self) -> String {
        self.written.lock().all.join("\n")
    }

    /// Closes at our end the output on which its next line comes: writing more fails.
    pub fn stop_reading(&self) {
        self.written.lock().unwanted = true;
    }

    /// Waits until an output is closed.
    #[track_caller]
    pub fn wait_for_closed_output(&self) {
        let closed = self
            .written
            .wait_for(|lines| (lines.closed > 0).then_some(()));
        assert!(closed.is_some(), "no output is closed:\n{}", self.written());
    }

    /// The number of its process.
    #[track_caller]
    #[must_use]
    pub fn id(&self) -> u32 {
        match &self.running {
            Some(running) => running.id(),
            None => unreachable!("only `end` takes the program, and it takes the whole"),
        }
    }

    /// Sends it a signal.
    #[track_caller]
    pub fn signal(&self, signal: Signal) {
        let id = self.running.as_ref().map(Running::id);
        let id = id.and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(Err(error)) = id.map(|id| kill_process(id, signal)) {
            panic!("cannot send {signal:?}: {error}");
        }
    }

    /// Waits for its end. All it wrote, on both outputs, stands as standard error.
    #[track_caller]
    pub fn end(mut self) -> Outcome {
        // Its outputs are closed when it has ended.
        let ended = self
            .written
            .wait_for(|lines| (lines.closed == OUTPUTS).then_some(()));
        let written = self.written();
        assert!(ended.is_some(), "it does not end:\n{written}");
        match self.running.take() {
            Some(running) => running.end_having_written(written),
            None => unreachable!("only `end` takes the program, and it takes the whole"),
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Kills it; then its outputs end, and with them the readers.
        self.running = None;
        for reader in self.readers.drain(..) {
            drop(reader.join());
        }
    }
}

impl Written {
    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `look` finds something; `None` if that takes longer than [`PATIENCE`].
    fn wait_for<T>(&self, mut look: impl FnMut(&Lines) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + PATIENCE;
        let mut lines = self.lock();
        loop {
            if let Some(found) = look(&lines) {
                return Some(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            lines = self
                .more
                .wait_timeout(lines, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn read(&self, output: Option<impl Read>) {
        let lines = output.map(|output| BufReader::new(output).split(b'\n'));
        for line in lines.into_iter().flatten().map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            let mut lines = self.lock();
            lines.all.push(line);
            self.more.notify_all();
            if lines.unwanted {
                break;
            }
        }
        self.lock().closed += 1;
        self.more.notify_all();
    }
}
