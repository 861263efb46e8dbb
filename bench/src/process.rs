//! Programs that are measured from outside: how long they run, what they compute, the memory they take.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use wait4::Wait4 as _;

/// What a run took.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    pub(crate) wall: Duration,
    /// Of all its threads, in the program and in the kernel.
    pub(crate) processor: Duration,
    /// The most memory it had at a time, in octets.
    ///
    /// No less than what this process had when it started the program, since the kernel counts from there: a few
    /// megabytes, as long as the work that needs more is done in processes of its own.
    pub(crate) peak_octets: u64,
    /// What it said on standard output.
    pub(crate) said: String,
}

impl Run {
    /// This one and then another, as if they were one.
    pub(crate) fn followed_by(self, next: &Self) -> Self {
        Self {
            wall: self.wall + next.wall,
            processor: self.processor + next.processor,
            peak_octets: self.peak_octets.max(next.peak_octets),
            said: self.said + &next.said,
        }
    }

    pub(crate) fn milliseconds(&self) -> f64 {
        milliseconds(self.wall)
    }

    /// Processor time for each of so many pieces of work.
    pub(crate) fn processor_milliseconds_each(&self, pieces: u32) -> f64 {
        milliseconds(self.processor) / f64::from(pieces)
    }

    /// How many of so many pieces of work were done in a second.
    pub(crate) fn per_second(&self, pieces: u32) -> f64 {
        f64::from(pieces) / self.wall.as_secs_f64()
    }

    pub(crate) fn peak_megabytes(&self) -> f64 {
        let kilobytes = u32::try_from(self.peak_octets / 1000).unwrap_or(u32::MAX);
        f64::from(kilobytes) / 1000.0
    }
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// When a program has done its work.
#[derive(Clone, Copy, Debug)]
enum Done<'a> {
    Success,
    /// It succeeds or answers no, with exit code 1.
    Verdict,
    /// It says this on standard error.
    Said(&'a str),
}

/// Runs a program in `folder` to its end; it must succeed.
pub(crate) fn run<Argument: AsRef<OsStr>>(
    folder: &Path,
    program: &Path,
    arguments: impl IntoIterator<Item = Argument>,
) -> anyhow::Result<Run> {
    run_until(folder, program, arguments, Done::Success)
}

/// Runs a program in `folder` to its end; it must say `answer` on standard error, however it ends. For programs that
/// end with an error when nothing is wrong, as `openssl ca -status` does.
pub(crate) fn run_for_answer<Argument: AsRef<OsStr>>(
    folder: &Path,
    program: &Path,
    arguments: impl IntoIterator<Item = Argument>,
    answer: &str,
) -> anyhow::Result<Run> {
    run_until(folder, program, arguments, Done::Said(answer))
}

/// Runs a program in `folder` to its end; it must give an answer, be it yes or no. For programs that say by their exit
/// code what they found.
pub(crate) fn run_for_verdict<Argument: AsRef<OsStr>>(
    folder: &Path,
    program: &Path,
    arguments: impl IntoIterator<Item = Argument>,
) -> anyhow::Result<Run> {
    run_until(folder, program, arguments, Done::Verdict)
}

fn run_until<Argument: AsRef<OsStr>>(
    folder: &Path,
    program: &Path,
    arguments: impl IntoIterator<Item = Argument>,
    done: Done<'_>,
) -> anyhow::Result<Run> {
    let mut command = Command::new(program);
    // Files, not pipes: nobody has to be waited for who reads them.
    let (mut out, mut talk) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(out.try_clone()?)
        .stderr(talk.try_clone()?);
    let start = Instant::now();
    let child = command
        .spawn()
        .with_context(|| format!("cannot start {command:?}"))?;
    let ended = child.wait4().with_context(|| format!("{command:?}"))?;
    let wall = start.elapsed();
    let talk = text_of(&mut talk)?;
    let is_done = match done {
        Done::Success => ended.status.success(),
        Done::Verdict => matches!(ended.status.code(), Some(0 | 1)),
        Done::Said(answer) => talk.contains(answer),
    };
    anyhow::ensure!(is_done, "{command:?}: {}: {talk}", ended.status);
    Ok(Run {
        wall,
        processor: ended.rusage.utime + ended.rusage.stime,
        peak_octets: ended.rusage.maxrss,
        said: text_of(&mut out)?,
    })
}

fn text_of(file: &mut File) -> anyhow::Result<String> {
    let mut text = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
