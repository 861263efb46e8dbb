//! Processes that a story's program has started, and those in turn.
//!
//! They are known by a variable of the environment, which every process hands on to its children.
//! Invariant: processes of other stories, and of the machine, are never counted.

use std::fs;

/// The variable; its value is the story's own, such as the path of its temporary folder.
pub const MARK: &str = "TRUSTPACK_E2E_STORY";

/// Command lines of the processes that have [`MARK`] with this value.
#[must_use]
pub fn marked(value: &str) -> Vec<String> {
    let wanted = format!("{MARK}={value}");
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            // A process that ends while we look is not there; a dead one that nobody has waited for
            // has no environment.
            let environment = fs::read(entry.path().join("environ")).ok()?;
            environment
                .split(|octet| *octet == 0)
                .any(|variable| variable == wanted.as_bytes())
                .then(|| fs::read(entry.path().join("cmdline")).unwrap_or_default())
        })
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .collect()
}
