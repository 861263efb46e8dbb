//! Input that cannot be used: each gets its exit code and a message with the value, and nothing on
//! disk changes.

use std::path::Path;

use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::folder;

mod arguments;
mod authorities;
mod certificates;
mod fleets;
mod scripts;

/// Fails unless a run ends with `code`, says each of `words`, and leaves `folder` as it was.
#[track_caller]
fn check_refused(call: Call, folder: &Path, code: i32, words: &[&str]) -> Outcome {
    let before = folder::listing(folder);
    let outcome = call.within(folder).exits_with(code);
    for part in words {
        assert!(
            outcome.stderr.contains(part) || outcome.stdout.contains(part),
            "{part:?} is missing: {outcome}"
        );
    }
    folder::assert_unchanged(folder, &before);
    outcome
}
