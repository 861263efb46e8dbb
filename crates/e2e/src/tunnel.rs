//! A tunnel of ours that runs beside the story, and its log, read as a program would.

use std::ffi::OsStr;
use std::net::SocketAddr;

use crate::call::{Call, Outcome};
use crate::watched::Watched;

/// A running `trustpack tunnel`.
#[derive(Debug)]
pub struct Tunnel {
    watched: Watched,
    listening: Vec<SocketAddr>,
}

/// A line of the log: one JSON object.
#[derive(Clone, Debug)]
pub struct LogLine(serde_json::Value);

/// The messages with which a connection is reported, once each.
const REPORTS: [&str; 3] = [
    "connection ended",
    "handshake refused",
    "handshake refused by the peer",
];

impl Tunnel {
    /// `tunnel server` on a free port, in front of a plain program.
    #[track_caller]
    #[must_use]
    pub fn server<Argument: AsRef<OsStr>>(
        to: SocketAddr,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Self {
        Self::by_hand("server", to, arguments)
    }

    /// `tunnel client` on a free plain port, to a TLS server.
    #[track_caller]
    #[must_use]
    pub fn client<Argument: AsRef<OsStr>>(
        to: SocketAddr,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Self {
        Self::by_hand("client", to, arguments)
    }

    #[track_caller]
    fn by_hand<Argument: AsRef<OsStr>>(
        role: &str,
        to: SocketAddr,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Self {
        let to = to.to_string();
        Self::start(
            Call::trustpack(["tunnel", role, "--listen", "127.0.0.1:0", "--to", &to])
                .args(arguments),
        )
    }

    /// Runs a tunnel command and waits until it is ready.
    #[track_caller]
    #[must_use]
    pub fn start(call: Call) -> Self {
        let mut watched = Watched::start(call.args(["--log", "json"]));
        let mut listening = Vec::new();
        loop {
            let line = watched.line(LogLine::parse);
            if line.message() == "ready" {
                return Self { watched, listening };
            }
            if let Some(address) = line.text("listen") {
                listening.extend(address.parse::<SocketAddr>());
            }
        }
    }

    /// Where it listens, if that is one address.
    #[track_caller]
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        match self.listening[..] {
            [address] => address,
            _ => panic!("it listens on {:?}", self.listening),
        }
    }

    /// Where each of its tunnels listens, in the order of the log.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.listening
    }

    /// The report of the next connection, whatever became of it.
    #[track_caller]
    pub fn report(&mut self) -> LogLine {
        self.watched
            .line(|line| LogLine::parse(line).filter(|line| REPORTS.contains(&line.message())))
    }

    /// The report of the next connection, which must have ended in order.
    #[track_caller]
    pub fn carried(&mut self) -> LogLine {
        let report = self.report();
        assert_eq!(report.message(), "connection ended", "{report}");
        assert_eq!(
            report.text("reason"),
            Some("both sides were done"),
            "{report}"
        );
        report
    }

    /// The report of the next connection, whose handshake must have been refused at `step` with
    /// `reason` in its words.
    #[track_caller]
    pub fn refused(&mut self, step: &str, reason: &str) -> LogLine {
        let report = self.report();
        assert_eq!(report.message(), "handshake refused", "{report}");
        assert_eq!(report.text("step"), Some(step), "{report}");
        let words = report.text("reason").unwrap_or_default();
        assert!(words.contains(reason), "{reason:?} is not in {report}");
        report
    }

    /// Waits for the next line of the log with this message.
    #[track_caller]
    pub fn says(&mut self, message: &str) -> LogLine {
        self.watched
            .line(|line| LogLine::parse(line).filter(|line| line.message() == message))
    }

    /// Number of its process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.watched.process()
    }

    /// The numbers of its threads.
    ///
    /// # Panics
    ///
    /// When it has ended.
    #[track_caller]
    #[must_use]
    pub fn threads(&self) -> Vec<u32> {
        let folder = format!("/proc/{}/task", self.process());
        match std::fs::read_dir(&folder) {
            Ok(threads) => threads
                .flatten()
                .filter_map(|thread| thread.file_name().to_str()?.parse().ok())
                .collect(),
            Err(error) => panic!("{folder}: {error}"),
        }
    }

    /// What `/proc/PID/task/*/status` says under a name, once for each thread.
    #[track_caller]
    #[must_use]
    pub fn threads_say(&self, name: &str) -> Vec<String> {
        let of_thread = |status: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let value = line.unwrap_or_default().trim_start_matches(':');
            value.trim().to_owned()
        };
        let process = self.process();
        let statuses = self.threads().into_iter().filter_map(|thread| {
            // One that ends meanwhile says nothing any more.
            std::fs::read_to_string(format!("/proc/{process}/task/{thread}/status")).ok()
        });
        statuses.map(|status| of_thread(&status)).collect()
    }

    /// Everything that it has written so far.
    #[must_use]
    pub fn written(&self) -> String {
        self.watched.written()
    }

    /// Lets its next line of the log be the last that can be written.
    pub fn close_log_after_next_line(&self) {
        self.watched.stop_reading();
    }

    /// Waits until its log is closed.
    #[track_caller]
    pub fn wait_for_closed_log(&self) {
        self.watched.wait_for_closed_output();
    }

    /// The number of its process.
    #[track_caller]
    #[must_use]
    pub fn id(&self) -> u32 {
        self.watched.id()
    }

    /// Tells it to stop, as an administrator would, without waiting.
    #[track_caller]
    pub fn tell_to_stop(&self) {
        self.watched.signal(rustix::process::Signal::TERM);
    }

    /// Asks it to look at its settings and files at once, as an administrator would.
    #[track_caller]
    pub fn look_again(&self) {
        self.watched.signal(rustix::process::Signal::HUP);
    }

    /// Waits for its end.
    #[track_caller]
    pub fn end(self) -> Outcome {
        self.watched.end()
    }
}

impl LogLine {
    /// Reads a line of the log; none of ours is anything but an object.
    fn parse(line: &str) -> Option<Self> {
        serde_json::from_str(line)
            .ok()
            .filter(serde_json::Value::is_object)
            .map(Self)
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &str {
        self.text("message").unwrap_or_default()
    }

    /// A field that is a text.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field)?.as_str()
    }

    /// Whether a field is there and true.
    #[must_use]
    pub fn is(&self, field: &str) -> bool {
        self.0.get(field).and_then(serde_json::Value::as_bool) == Some(true)
    }

    /// A field that is a number.
    #[must_use]
    pub fn number(&self, field: &str) -> Option<u64> {
        self.0.get(field)?.as_u64()
    }
}

impl std::fmt::Display for LogLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
