//! What a command has of the world: the time, standard output, talk on standard error.
//!
//! The clock and the environment are read here and nowhere else.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::error::Unspecified;
use tokio::signal::unix::{Signal, SignalKind, signal};
use trustpack_ca_directory::entropy::Entropy;
use trustpack_x509::time::Timestamp;

use crate::output::{self, Output};
use crate::terminal_text::{harmless, one_line};

/// What a command runs in.
pub(crate) struct Session {
    /// Where the answer goes: standard output, buffered.
    pub(crate) out: Output,
    /// The time at which the command was started.
    pub(crate) now: Timestamp,
}

impl Session {
    pub(crate) fn start() -> Self {
        Self {
            out: Output::standard(),
            now: now(),
        }
    }
}

/// The present time.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the clock is read"
)]
pub(crate) fn now() -> Timestamp {
    let since_1970 = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_unix(since_1970.as_secs())
}

/// A variable of the environment.
pub(crate) fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Whether somebody sits in front of standard error.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Talk: a line on standard error.
pub(crate) fn say(line: &str) {
    say_lines(&one_line(line));
}

/// Lines on standard error, whose breaks are ours.
pub(crate) fn say_lines(lines: &str) {
    // Nothing is left to be done when the terminal is gone.
    drop(writeln!(io::stderr(), "{}", harmless(lines)));
}

/// A warning on standard error.
pub(crate) fn warn(line: impl std::fmt::Display) {
    say(&format!("warning: {line}"));
}

/// A mistake in the command line goes to standard error, help that was asked for to standard output.
pub(crate) fn print_usage(text: &str, mistake: bool) {
    if mistake {
        say_lines(text.trim_end());
    } else {
        output::print(text.trim_end());
    }
}

/// Random octets from the system, for serial numbers.
pub(crate) fn entropy() -> Entropy<'static> {
    Entropy::new(|| {
        let mut octets = [0; 16];
        #[expect(
            clippy::expect_used,
            reason = "a system without random numbers can issue nothing"
        )]
        aws_lc_rs::rand::fill(&mut octets).expect("the system gives random numbers");
        octets
    })
}

/// The engine collects what its random numbers grow from, which takes it some 25 ms of a processor, beside what else is to
/// be done before the first of them is asked for. Dropped, this waits for it: a process that ends in the middle of that is
/// aborted by the engine.
#[must_use]
pub(crate) struct Seeding(Option<thread::JoinHandle<Result<(), Unspecified>>>);

impl Seeding {
    pub(crate) fn begin() -> Self {
        // Without a thread, and after a failure, whoever asks for the first number collects.
        let collect = || aws_lc_rs::rand::fill(&mut [0; 1]);
        Self(thread::Builder::new().spawn(collect).ok())
    }
}

impl Drop for Seeding {
    fn drop(&mut self) {
        if let Some(collecting) = self.0.take() {
            drop(collecting.join());
        }
    }
}

/// SIGINT and SIGTERM, which ask a program to end. As long as this is there, neither ends the process
/// by itself.
pub(crate) struct StopSignals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
}

impl StopSignals {
    /// Begins to listen, on a runtime: a signal that comes before [`StopSignals::received`] is called
    /// is not lost.
    pub(crate) fn listen() -> Self {
        // Where that fails, the system deals with the signal in its own way.
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    /// Waits for one, and gives its name.
    pub(crate) async fn received(&mut self) -> &'static str {
        tokio::select! {
            () = received(self.interrupt.as_mut()) => "SIGINT",
            () = received(self.terminate.as_mut()) => "SIGTERM",
        }
    }
}

/// SIGHUP: the terminal is gone, or an administrator asks a service to look again. As long as this is there, it does
/// not end the process.
pub(crate) struct HangupSignals(Option<Signal>);

impl HangupSignals {
    /// Begins to listen, on a runtime: a signal that comes before [`HangupSignals::received`] is called is not lost.
    pub(crate) fn listen() -> Self {
        Self(signal(SignalKind::hangup()).ok())
    }

    /// Waits for one.
    pub(crate) async fn received(&mut self) {
        received(self.0.as_mut()).await;
    }
}

async fn received(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
