//! Starting tunnels beside the command that was called, which returns when they serve: so `ExecReload=` of a unit can
//! have the next process take over, and says whether it did.
//!
//! Invariant: the command succeeds only when the process that it started serves; where that fails, so does it.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::failure::{Answer, Failure, message};

/// The option that asks for it.
const IN_BACKGROUND: &str = "--in-background";
/// What the process that serves is told instead.
const TELL_READY: &str = "--tell-ready";
/// What it writes when it serves.
const READY: &str = "ready";

/// How this process was started.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(super) struct BackgroundArgs {
    /// Start the process that serves beside this command, and return when it does; with 1 if it cannot. For a unit of
    /// systemd: `ExecReload=trustpack tunnel run ... --take-over --in-background` with NotifyAccess=all. The log of that process
    /// goes to standard error: a script that captures it waits for the tunnels; give it a file (2>>FILE)
    #[arg(long, conflicts_with = "stop_with_stdin")]
    in_background: bool,

    /// Say on standard output when it serves
    #[arg(long, hide = true)]
    tell_ready: bool,
}

impl BackgroundArgs {
    /// Starts the process that serves, if that is asked for, and waits until it does.
    pub(super) fn begin(self) -> Result<Option<Answer>, Failure> {
        if !self.in_background {
            return Ok(None);
        }
        let program = std::env::current_exe()
            .context("it is not known where this program is")
            .map_err(Failure::request)?;
        let words = std::env::args_os()
            .skip(1)
            .filter(|word| word != IN_BACKGROUND);
        let mut child = Command::new(&program)
            .args(words)
            .arg(TELL_READY)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))
            .map_err(Failure::request)?;
        let mut line = String::new();
        if let Some(told) = child.stdout.take() {
            // What cannot be read was not said.
            drop(BufReader::new(told).read_line(&mut line));
        }
        if line.trim_end() == READY {
            return Ok(Some(Answer::Done));
        }
        let ended = child.wait().map_err(Failure::request)?;
        let text = format!("the process that was to serve ended before it could: {ended}");
        Err(Failure::request(message(text)).hint("what it said above is the reason"))
    }

    /// Says that this process serves, if somebody waits for it.
    pub(super) fn tell_ready(self) {
        if self.tell_ready {
            // Who waited may be gone, and the tunnels serve all the same.
            drop(writeln!(io::stdout(), "{READY}"));
        }
    }
}
