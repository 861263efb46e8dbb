//! The file of a listening UNIX socket: what may stand in its place, and who removes it.
//!
//! Invariant: a file that is no socket, or the socket of somebody who listens, is never removed.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use tokio::net::UnixStream;

use crate::handover::{Custody, Origin};

/// What stands in the way of a UNIX socket.
pub(crate) enum Blocked {
    /// A file that is no socket.
    ByFile,
    /// Somebody listens there.
    ByListener,
    /// It cannot be found out, or not be removed.
    By(io::Error),
}

/// Removes the socket of a process that is gone; anything else stays.
pub(crate) async fn clear_the_way(path: &Path) -> Result<(), Blocked> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(Blocked::By)?,
    };
    if !metadata.file_type().is_socket() {
        return Err(Blocked::ByFile);
    }
    match UnixStream::connect(path).await {
        Ok(_somebody) => Err(Blocked::ByListener),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(Blocked::By)
        }
        Err(error) => Err(Blocked::By(error)),
    }
}

/// The file of a UNIX socket; removed on drop, if it is ours and still the same. It has to go before its socket is closed: the
/// system may give the number of a closed one to the next.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// Device and number of the file.
    identity: (u64, u64),
    custody: Custody,
    origin: Origin,
}

impl SocketFile {
    /// The file that stands there now. Whether it is ours may change.
    pub(crate) fn at(path: &Path, custody: Custody, origin: Origin) -> Option<Self> {
        let identity = identity(&fs::symlink_metadata(path).ok()?);
        Some(Self {
            path: path.to_owned(),
            identity,
            custody,
            origin,
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody may have put another socket there.
        let is_same = |metadata: Metadata| identity(&metadata) == self.identity;
        if self.custody.is_ours(self.origin) && fs::symlink_metadata(&self.path).is_ok_and(is_same)
        {
            drop(fs::remove_file(&self.path));
        }
    }
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}
