//! Reading files whose size somebody else decides.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Reads a file of at most `most` octets.
///
/// # Errors
///
/// What the system says; [`io::ErrorKind::FileTooLarge`] with the limit for a larger file, of which
/// no more than the limit is read, so that a device without an end does no harm.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut contents = Vec::new();
    File::open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut contents)?;
    if u64::try_from(contents.len()).is_ok_and(|length| length <= most) {
        return Ok(contents);
    }
    let text = format!("the file has more than {most} octets, the most that is read");
    Err(io::Error::new(io::ErrorKind::FileTooLarge, text))
}
