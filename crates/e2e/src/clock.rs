//! Programs that believe in another time: for certificates that have expired and were issued by our own CA.
//!
//! Invariant: the clock of the machine stays as it is.

use std::path::PathBuf;

use crate::call::Call;

/// The library of libfaketime, below the folder of each architecture.
const LIBRARY: &str = "faketime/libfaketime.so.1";

/// Lets the program start at this time, such as `2025-01-01 00:00:00` (UTC); its clock goes on from there.
#[track_caller]
#[must_use]
pub fn starting_at(time: &str, call: Call) -> Call {
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten();
    let paths = folders.flatten().map(|folder| folder.path().join(LIBRARY));
    let library: Option<PathBuf> = paths.filter(|path| path.is_file()).min();
    match library.as_deref().and_then(|path| path.to_str()) {
        Some(library) => call
            .env("LD_PRELOAD", library)
            .env("FAKETIME", &format!("@{time}"))
            // Waiting goes by the true time.
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        None => panic!("this test needs {LIBRARY}: install the Debian package libfaketime"),
    }
}
