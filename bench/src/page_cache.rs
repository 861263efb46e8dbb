//! Files that are to be read from the disk itself.

use std::fs::File;
use std::path::Path;

use anyhow::Context as _;
use rustix::fs::{Advice, fadvise};

/// Takes a file out of the page cache, so that the next reader waits for the disk.
///
/// The kernel keeps pages that are not on disk yet, so they are put there first.
pub(crate) fn evict(path: &Path) -> anyhow::Result<()> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    file.sync_all()?;
    // Without a length: to the end of the file.
    fadvise(&file, 0, None, Advice::DontNeed).with_context(|| path.display().to_string())
}
