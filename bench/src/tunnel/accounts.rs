//! What a program and its children have had of the processor and of memory, as the kernel accounts for it.

use std::fs;

use anyhow::Context as _;

/// A clock tick in `/proc/PID/stat`: Linux shows 100 a second to programs, whatever it counts in.
const TICK_SECONDS: f64 = 0.01;

/// Seconds of processor time so far, of all threads of the program and its children.
///
/// Threads that live are counted by their `schedstat`, to the nanosecond. Those that have ended are only in `stat`, in
/// ticks: it decides where it says more.
pub(super) fn processor_seconds(program: u32) -> anyhow::Result<f64> {
    let mut seconds = 0.0;
    for process in tree(program)? {
        let threads = threads_seconds(process).unwrap_or_default();
        let whole = ticks(process).unwrap_or_default() * TICK_SECONDS;
        seconds += threads.max(whole);
    }
    Ok(seconds)
}

/// Kilobytes of 1024 octets: the proportional set size of the program and its children, so that pages which they share
/// count once.
pub(super) fn kibibytes(program: u32) -> anyhow::Result<f64> {
    let mut kibibytes = 0.0;
    for process in tree(program)? {
        let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        kibibytes += number.context("no Pss")?.parse::<f64>()?;
    }
    Ok(kibibytes)
}

/// The program and everything below it.
fn tree(program: u32) -> anyhow::Result<Vec<u32>> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        if let Some(process) = name.to_str().and_then(|name| name.parse::<u32>().ok())
            && let Some(parent) = field(process, 1)
        {
            parents.push((process, parent));
        }
    }
    let mut found = vec![program];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        next += 1;
        let children = parents.iter().filter(|(_, of)| *of == f64::from(parent));
        found.extend(children.map(|(process, _)| *process));
    }
    Ok(found)
}

fn threads_seconds(process: u32) -> anyhow::Result<f64> {
    let mut nanoseconds = 0.0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let text = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
        let spent = text.split_whitespace().next().unwrap_or("0");
        nanoseconds += spent.parse::<f64>()?;
    }
    Ok(nanoseconds / 1e9)
}

/// In the program and in the kernel: the fields 14 and 15.
fn ticks(process: u32) -> Option<f64> {
    Some(field(process, 11)? + field(process, 12)?)
}

/// A field of `stat`, from 0 after the name of the program, which may hold anything.
fn field(process: u32, index: usize) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    fields.split(' ').nth(index)?.parse().ok()
}
