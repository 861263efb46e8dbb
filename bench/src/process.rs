//! Programs that are measured from outside: how long they run.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// What a run took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) wall: Duration,
}

impl Run {
    pub(crate) fn milliseconds(self) -> f64 {
        self.wall.as_secs_f64() * 1000.0
    }
}

/// Runs a program in `folder` to its end, with its output thrown away; it must succeed.
pub(crate) fn run<Argument: AsRef<OsStr>>(
    folder: &Path,
    program: &Path,
    arguments: impl IntoIterator<Item = Argument>,
) -> anyhow::Result<Run> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let said = format!("{command:?}");
    let start = Instant::now();
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start {said}"))?;
    let mut talk = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        std::io::Read::read_to_string(&mut stderr, &mut talk)?;
    }
    let ended = child.wait().with_context(|| said.clone())?;
    let wall = start.elapsed();
    anyhow::ensure!(ended.success(), "{said}: {ended}: {talk}");
    Ok(Run { wall })
}
