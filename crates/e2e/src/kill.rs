//! Killing a command of ours at each system call that can change a file, in turn.
//!
//! `strace` kills it at the entry of the call: what was done before that call is done, the rest is not.
//! Invariant: each call that may change something is tried, whatever their names are on this machine.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;

use crate::call::{Call, Outcome};
use crate::folder;
use crate::program;

/// System calls that can change a file, or hold others off.
const CHANGING_CALLS: [&str; 38] = [
    "chmod",
    "chown",
    "copy_file_range",
    "creat",
    "fallocate",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "fchown",
    "fchownat",
    "fdatasync",
    "flock",
    "fsync",
    "ftruncate",
    "lchown",
    "link",
    "linkat",
    "mkdir",
    "mkdirat",
    "open",
    "openat",
    "openat2",
    "pwrite64",
    "pwritev",
    "pwritev2",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "sendfile",
    "symlink",
    "symlinkat",
    "sync_file_range",
    "truncate",
    "unlink",
    "unlinkat",
    "write",
    "writev",
];
/// A command that makes more calls of one name does not end.
const MAX_CALLS: usize = 10_000;
const SIGKILL: i32 = 9;

/// For each name of a changing call that a command makes: at which of these calls, counted from 1,
/// something may change. Opening a file for reading only changes nothing.
pub type Points = BTreeMap<String, Vec<usize>>;

/// Where a command of ours in `folder` may change something. Runs it to its end.
#[track_caller]
pub fn points(arguments: &[&str], folder: &Path) -> Points {
    let temporary = folder::temporary();
    let record = temporary.path().join("trace");
    // The question mark passes over a call that this machine has not.
    let set = CHANGING_CALLS.map(|name| format!("?{name}")).join(",");
    Call::foreign("strace", ["-f", "-e"])
        .arg(format!("trace={set}"))
        .arg("-o")
        .arg(&record)
        .arg(program::trustpack())
        .args(arguments)
        .within(folder)
        .succeeds();
    let text = match fs::read_to_string(&record) {
        Ok(text) => text,
        Err(error) => panic!("cannot read the record of strace: {error}"),
    };
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    let mut points = Points::new();
    // "4711  openat(AT_FDCWD, ..."
    for call in text.lines().filter_map(|line| line.split_once(' ')) {
        let Some((name, rest)) = call.1.trim_start().split_once('(') else {
            continue;
        };
        let count = made.entry(name).or_default();
        *count += 1;
        if !(name.starts_with("open") && rest.contains("O_RDONLY")) {
            points.entry(name.to_owned()).or_default().push(*count);
        }
    }
    points
}

/// Runs a command of ours that is killed as it enters the call `name` for the `count`th time. `false`
/// if it makes fewer of them and so came to its end.
#[track_caller]
pub fn kill_at(name: &str, count: usize, arguments: &[&str], folder: &Path) -> bool {
    let outcome = Call::foreign("strace", ["-f", "-qq", "-o", "/dev/null", "-e"])
        .arg(format!("trace={name}"))
        .arg("-e")
        .arg(format!("inject={name}:signal=KILL:when={count}"))
        .arg(program::trustpack())
        .args(arguments)
        .within(folder)
        .run();
    assert!(
        was_killed(&outcome) || outcome.status.success(),
        "neither killed nor done: {outcome}"
    );
    was_killed(&outcome)
}

/// Whether a run ended by SIGKILL; strace ends the way its program did.
#[must_use]
pub fn was_killed(outcome: &Outcome) -> bool {
    outcome.status.signal() == Some(SIGKILL)
}

/// Whether a command makes the same calls each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// It does.
    Same,
    /// Threads that wait for each other make some more or fewer.
    Vary,
}

/// Kills a command of ours at each point, and at whatever calls of that name come behind the last,
/// until it survives. `story(name, count)` runs it by [`kill_at`], looks at what was left, and says
/// whether it was killed. Gives the number of kills.
#[track_caller]
pub fn at_each(points: &Points, story: impl FnMut(&str, usize) -> bool) -> usize {
    at_each_of(Calls::Same, points, story)
}

/// The same for a command whose calls may vary.
#[track_caller]
pub fn at_each_of(
    calls: Calls,
    points: &Points,
    mut story: impl FnMut(&str, usize) -> bool,
) -> usize {
    let mut kills = 0;
    for (name, counts) in points {
        let behind = counts.last().map_or(1, |last| last + 1);
        for &count in counts {
            match (story(name, count), calls) {
                (true, _) => kills += 1,
                (false, Calls::Vary) => {}
                (false, Calls::Same) => panic!("{name} is not made {count} times again"),
            }
        }
        match (behind..MAX_CALLS).find(|&count| !story(name, count)) {
            Some(survived) => kills += survived - behind,
            None => panic!("{name} is called without end"),
        }
    }
    kills
}
