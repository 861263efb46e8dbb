//! The file of a listening UNIX socket: what may stand in its place, and who removes it.
//!
//! Invariant: a file that is no socket, or the socket of somebody who listens, is never removed.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use tokio::net::UnixStream;

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

/// The file of a UNIX socket; removed on drop, if it is still the same.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    inode: u64,
}

impl SocketFile {
    /// The file that stands there now.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        let inode = fs::symlink_metadata(path).ok()?.ino();
        Some(Self {
            path: path.to_owned(),
            inode,
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // A process that took over may have put its own socket there.
        if fs::symlink_metadata(&self.path).is_ok_and(|metadata| metadata.ino() == self.inode) {
            drop(fs::remove_file(&self.path));
        }
    }
}
