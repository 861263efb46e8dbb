//! Killing a command of ours at each system call that can change a file, in turn.
//!
//! `strace` kills it at the entry of the call: what was done before that call is done, the rest is not.
//! Invariant: each call the command makes is tried, whatever their names are on this machine.

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

/// Names of the changing calls that a command of ours makes in `folder`, sorted. Runs it to its end.
#[track_caller]
pub fn calls_made(arguments: &[&str], folder: &Path) -> Vec<String> {
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
    // "4711  openat(AT_FDCWD, ..."
    let mut names: Vec<String> = text
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1)?.split_once('('))
        .map(|(name, _)| name.to_owned())
        .collect();
    names.sort();
    names.dedup();
    names
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

/// Kills a command of ours at each of its changing calls, the first of a name, the second, until it
/// survives. `story(name, count)` runs it by [`kill_at`], looks at what was left, and says whether it
/// was killed. Gives the number of kills.
#[track_caller]
pub fn at_each_call(names: &[String], mut story: impl FnMut(&str, usize) -> bool) -> usize {
    let mut kills = 0;
    for name in names {
        let survived = (1..MAX_CALLS).find(|&count| !story(name, count));
        match survived {
            Some(count) => kills += count - 1,
            None => panic!("{name} is called without end"),
        }
    }
    kills
}
