//! The seeds that the fuzz targets have too: `fuzz/seeds`, made by `fuzz/make-seeds.sh`.
//!
//! Invariant: in the same order on every machine.

use std::path::Path;

/// The seeds of a fuzz target, with their names.
///
/// # Panics
///
/// Where there are none.
#[must_use]
pub fn of_target(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/seeds")
        .join(target);
    let entries = std::fs::read_dir(&folder).expect("seeds of the target");
    let mut seeds: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            (name.into_owned(), std::fs::read(&path).expect("a seed"))
        })
        .collect();
    assert!(!seeds.is_empty(), "{target} has no seeds");
    seeds.sort();
    seeds
}
