//! Processes of the demo: other commands of this very program.
//!
//! Invariant: a process is killed when its handle is dropped, however the demo ends. Tunnels and the
//! echo service also stop by themselves when the demo dies, because their standard input is a pipe
//! from it; the client then has nobody to talk to.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use crate::failure::{Failure, message};

/// How long the demo waits for a process to do what it always does: only reached when it is broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that runs beside the demo.
pub(super) struct Process {
    name: String,
    child: Child,
    lines: Lines,
}

/// What a process has written so far, on both of its outputs.
#[derive(Clone)]
struct Lines {
    all: Arc<Mutex<Vec<String>>>,
    count: watch::Receiver<usize>,
}

/// What a command that has ended wrote and how it ended.
pub(super) struct Finished {
    pub(super) succeeded: bool,
    pub(super) output: Vec<String>,
}

/// This program, with these arguments.
fn this_program(arguments: &[String]) -> Result<Command, Failure> {
    let program = std::env::current_exe()
        .context("the path of this program is not known")
        .map_err(Failure::request)?;
    let mut command = Command::new(program);
    command.args(arguments).kill_on_drop(true);
    Ok(command)
}

/// Runs a command to its end.
pub(super) async fn run(arguments: &[String]) -> Result<Finished, Failure> {
    let output = this_program(arguments)?
        .stdin(Stdio::null())
        .output()
        .await
        .context("cannot start a process")
        .map_err(Failure::request)?;
    let text = |octets: Vec<u8>| String::from_utf8_lossy(&octets).into_owned();
    let lines = format!("{}{}", text(output.stdout), text(output.stderr));
    Ok(Finished {
        succeeded: output.status.success(),
        output: lines.lines().map(str::to_owned).collect(),
    })
}

/// Waits until every process that was started has ended. For the end: each was killed or has ended.
pub(super) fn wait_for_all() {
    // An error says that there is none left.
    while rustix::process::wait(rustix::process::WaitOptions::empty()).is_ok() {}
}

impl Process {
    /// Starts a command beside the demo; what it writes also goes into `log`.
    pub(super) fn start(name: &str, arguments: &[String], log: &Path) -> Result<Self, Failure> {
        let context = || format!("cannot start {name}");
        let log = File::create(log)
            .with_context(context)
            .map_err(Failure::request)?;
        let mut child = this_program(arguments)?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(context)
            .map_err(Failure::request)?;
        let (count_sender, count) = watch::channel(0);
        let lines = Lines {
            all: Arc::default(),
            count,
        };
        let sink = Sink {
            log: Arc::new(Mutex::new(log)),
            lines: Arc::clone(&lines.all),
            count: Arc::new(count_sender),
        };
        if let Some(output) = child.stdout.take() {
            tokio::spawn(sink.clone().copy(output));
        }
        if let Some(output) = child.stderr.take() {
            tokio::spawn(sink.copy(output));
        }
        Ok(Self {
            name: name.to_owned(),
            child,
            lines,
        })
    }

    /// Waits until the process has written a line that `wanted` takes, and gives what it made of it.
    pub(super) async fn line<T>(
        &mut self,
        wanted: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Failure> {
        let mut count = self.lines.count.clone();
        let search = async {
            let mut seen = 0;
            loop {
                // Marked as seen before it is looked at: what is written from here on wakes us again.
                count.borrow_and_update();
                let fresh = self.lines.after(seen);
                if let Some(found) = fresh.iter().find_map(|line| wanted(line)) {
                    return Some(found);
                }
                seen += fresh.len();
                // Both outputs are closed: the process has ended.
                if count.changed().await.is_err() {
                    return self.lines.after(seen).iter().find_map(|line| wanted(line));
                }
            }
        };
        match tokio::time::timeout(PATIENCE, search).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(self.disappointed("ended without doing what was expected of it")),
            Err(_) => Err(self.disappointed("did not do what was expected of it in time")),
        }
    }

    /// Waits for the end of the process; true if it succeeded.
    pub(super) async fn end(&mut self) -> Result<bool, Failure> {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        match status {
            Ok(Ok(status)) => Ok(status.success()),
            Ok(Err(error)) => Err(Failure::request(error)),
            Err(_) => Err(self.disappointed("did not end in time")),
        }
    }

    /// Asks the process to stop, as an administrator would, and waits for it.
    pub(super) async fn stop(mut self) -> Result<bool, Failure> {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(id) = id.and_then(rustix::process::Pid::from_raw) {
            // It may have ended by itself; the wait below tells.
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
        self.end().await
    }

    fn disappointed(&self, what: &str) -> Failure {
        let lines = self.lines.after(0);
        let last = lines
            .iter()
            .rev()
            .take(5)
            .rev()
            .cloned()
            .collect::<Vec<_>>()
            .join("\n  ");
        Failure::request(message(format!("{} {what}", self.name)))
            .hint(format!("it last said:\n  {last}"))
    }
}

impl Lines {
    fn after(&self, seen: usize) -> Vec<String> {
        let all = self
            .all
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        all.get(seen..).unwrap_or_default().to_vec()
    }
}

/// Where the lines of a process go: its log, and those who wait for them.
#[derive(Clone)]
struct Sink {
    log: Arc<Mutex<File>>,
    lines: Arc<Mutex<Vec<String>>>,
    count: Arc<watch::Sender<usize>>,
}

impl Sink {
    async fn copy(self, output: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Ok(mut log) = self.log.lock() {
                // A log that cannot be written does not change what is proven.
                drop(writeln!(log, "{line}"));
            }
            let mut all = self
                .lines
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            all.push(line);
            self.count.send_replace(all.len());
        }
    }
}
