//! What a command has of the world: the time, standard output, talk on standard error.
//!
//! The clock and the environment are read here and nowhere else.

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::signal::unix::{SignalKind, signal};
use trustpack_ca_directory::entropy::Entropy;
use trustpack_x509::time::Timestamp;

/// What a command runs in.
pub(crate) struct Session {
    /// Where data goes: standard output, buffered.
    pub(crate) out: BufWriter<Stdout>,
    /// The time at which the command was started.
    pub(crate) now: Timestamp,
}

impl Session {
    pub(crate) fn start() -> Self {
        Self {
            out: BufWriter::new(io::stdout()),
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
    // Nothing is left to be done when the terminal is gone.
    drop(writeln!(io::stderr(), "{line}"));
}

/// A warning on standard error.
pub(crate) fn warn(line: impl std::fmt::Display) {
    say(&format!("warning: {line}"));
}

/// Data from a thread that has no session: a line on standard output, written at once.
pub(crate) fn print(line: &str) {
    // A reader that has gone away wants no more lines.
    drop(writeln!(io::stdout(), "{line}"));
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

/// Waits for SIGINT or SIGTERM, which ask a program to end, and gives the name.
pub(crate) async fn stop_signal() -> &'static str {
    tokio::select! {
        () = signalled(SignalKind::interrupt()) => "SIGINT",
        () = signalled(SignalKind::terminate()) => "SIGTERM",
    }
}

/// Waits for SIGHUP: the terminal is gone, or an administrator asks a service to look again.
pub(crate) async fn hangup_signal() {
    signalled(SignalKind::hangup()).await;
}

async fn signalled(kind: SignalKind) {
    match signal(kind) {
        Ok(mut stream) => {
            stream.recv().await;
        }
        // Then the system deals with the signal in its own way.
        Err(_) => std::future::pending().await,
    }
}
