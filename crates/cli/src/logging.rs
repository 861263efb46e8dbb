//! The log of the long-running commands: one line per event on standard error, as text or JSON.

use std::io::{self, Stderr, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use clap::ValueEnum;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::session;

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Options of every command that logs.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct LogArgs {
    /// Write log lines as text or as one JSON object a line. The variable TRUSTPACK_LOG says how much is logged: error, warn,
    /// info (the default), debug or trace
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    log: LogFormat,
}

/// The variable that says how much is logged, such as `debug` or `trustpack_tunnel=debug`.
const VARIABLE: &str = "TRUSTPACK_LOG";

/// Lines that wait for whoever reads the log; further ones are lost, and their number is told at the
/// end. At some 300 octets a line this is a few megabytes.
const WAITING_LINES: usize = 10_000;

/// A log that is being written. When it is dropped, what waits is written, for at most a second.
///
/// Lines go through a queue to a thread of their own: a reader that has stopped reading must stop no
/// connection, because whoever connects can fill the log.
#[must_use]
pub(crate) struct RunningLog {
    lost: ErrorCounter,
    errand: Errand,
    _writer: WorkerGuard,
}

/// What the thread that writes is to do once, before its next line.
type Errand = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

/// For how long lines gather after some were written: under load, to wake the thread that writes for each of them costs
/// more than the line.
///
/// Source: ours; nobody who reads a log notices it.
const GATHERING: Duration = Duration::from_millis(5);

/// Octets that gather at most before they are written.
///
/// Source: what a pipe of Linux holds.
const GATHERED_BYTES: usize = 64 * 1024;

/// Standard error, as the thread that writes sees it: lines are written together when no more wait.
struct Sink {
    errand: Errand,
    out: Stderr,
    gathered: Vec<u8>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gathered.len().saturating_add(bytes.len()) > GATHERED_BYTES {
            self.write_gathered()?;
        }
        self.gathered.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        self.write_gathered()?;
        // The next lines wait in the queue meanwhile; to be woken early does no harm.
        thread::park_timeout(GATHERING);
        Ok(())
    }
}

impl Sink {
    fn write_gathered(&mut self) -> io::Result<()> {
        let errand = || self.errand.lock().unwrap_or_else(PoisonError::into_inner);
        let due = errand().take();
        if let Some(due) = due {
            due();
        }
        let written = self.out.write_all(&self.gathered);
        // Also what could not be written: it is lost, and must not grow.
        self.gathered.clear();
        written
    }
}

impl RunningLog {
    /// Has the thread that writes do something before its next lines, which it cannot be told otherwise.
    pub(crate) fn before_next_line(&self, errand: impl FnOnce() + Send + 'static) {
        *self.errand.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(errand));
    }
}

impl Drop for RunningLog {
    fn drop(&mut self) {
        let lost = self.lost.dropped_lines();
        if lost > 0 {
            tracing::warn!(
                lines = lost,
                "log lines were lost: nobody read them in time"
            );
        }
    }
}

/// Starts logging to standard error.
pub(crate) fn start(args: &LogArgs) -> RunningLog {
    let wanted = session::environment(VARIABLE).and_then(|value| value.into_string().ok());
    let (filter, wrong) = filter(wanted.as_deref());
    let errand = Errand::default();
    let (queue, writer) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(WAITING_LINES)
        .finish(Sink {
            errand: Errand::clone(&errand),
            out: io::stderr(),
            gathered: Vec::new(),
        });
    let lost = queue.error_counter();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(queue)
        // It would complain about a standard error that is gone on standard error, and panic.
        .log_internal_errors(false)
        .with_target(false);
    let started = match args.log {
        LogFormat::Text => builder.with_ansi(session::is_watched()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    // A subscriber that is already there stays: then this process has logged before.
    drop(started);
    if let Some(reason) = wrong {
        tracing::warn!(
            value = wanted,
            reason,
            remedy = "set it to error, warn, info, debug or trace, or leave it out",
            "the value of {VARIABLE} is not understood; info is logged"
        );
    }
    RunningLog {
        lost,
        errand,
        _writer: writer,
    }
}

/// What is logged, and why it is not what was asked for, if it is not.
fn filter(wanted: Option<&str>) -> (EnvFilter, Option<String>) {
    let parse = |text: &str| EnvFilter::builder().parse(text);
    let level = |text: &str| text.parse::<tracing::level_filters::LevelFilter>();
    let info = || EnvFilter::new("info");
    match wanted {
        None | Some("") => (info(), None),
        // One word alone that is no level would name a part of the program, and log nothing else.
        Some(word) if !word.contains(['=', ',', '[']) && level(word).is_err() => {
            (info(), Some("there is no such level".to_owned()))
        }
        Some(text) => match parse(text) {
            Ok(filter) => (filter, None),
            Err(error) => (info(), Some(error.to_string())),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: Option<&str>, logged: &str, is_wrong: bool) {
        let (filter, wrong) = filter(wanted);
        assert_eq!(
            (filter.to_string().as_str(), wrong.is_some()),
            (logged, is_wrong)
        );
    }

    #[test]
    fn a_level_that_does_not_exist_is_told() {
        check(None, "info", false);
        check(Some("warn"), "warn", false);
        check(
            Some("trustpack_tunnel=debug"),
            "trustpack_tunnel=debug",
            false,
        );
        check(Some("verbose"), "info", true);
        check(Some("trustpack_tunnel=loud"), "info", true);
        check(Some(""), "info", false);
    }
}
