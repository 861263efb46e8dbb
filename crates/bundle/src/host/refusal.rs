//! Why a folder is not taken as a bundle.

use std::io;
use std::path::PathBuf;

use trustpack_keystore::contents::ReadContentsError;
use trustpack_keystore::limited_file::ReadFileError;

use crate::host::received::{MAX_FILES, MAX_NAME};

/// A folder is no bundle that could be installed.
#[derive(Debug, thiserror::Error)]
pub enum NoBundle {
    /// The folder cannot be read.
    #[error("cannot read the bundle {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file in it cannot be read.
    #[error("cannot read {} of the bundle", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ReadFileError,
    },
    /// There is nothing in it.
    #[error("{} is empty; a bundle is the folder that `cert issue --for` or `cert export` made", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// There is too much in it.
    #[error("{} has more than {MAX_FILES} files; a bundle has no more", path.display())]
    TooManyFiles {
        /// The folder.
        path: PathBuf,
    },
    /// It has a name that no file of a bundle has.
    #[error(
        "{name:?} is no name of a file of a bundle: letters, digits, dots, hyphens and underscores, no dot first, at most {MAX_NAME}"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// Something else than a file.
    #[error("{} is no regular file; a bundle has neither folders nor links", path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
    },
    /// A second name for a file of somebody else.
    #[error(
        "{} belongs to user {owner} and has {names} names, one of them outside of this folder of user {folder_owner}; it may have \
         been laid there to be copied",
        path.display()
    )]
    HardLink {
        /// The file.
        path: PathBuf,
        /// Its owner.
        owner: u32,
        /// The owner of the folder.
        folder_owner: u32,
        /// How many names it has.
        names: u64,
    },
    /// It is nothing that a bundle has.
    #[error("{} is no certificate, key or configuration of a bundle", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// Why it cannot be read as one.
        source: ReadContentsError,
    },
    /// What goes to an authority, and not to a host.
    #[error("{} is a request for a certificate; a bundle has the certificate", path.display())]
    Request {
        /// The file.
        path: PathBuf,
    },
    /// A text that is none.
    #[error("{} is no text", path.display())]
    NoText {
        /// The file.
        path: PathBuf,
    },
    /// It is for another system.
    #[error("{} is a bundle for Windows, without PEM files", path.display())]
    ForWindows {
        /// The folder.
        path: PathBuf,
    },
    /// No certificate for the key.
    #[error("{} is the key of another certificate than those of the bundle", path.display())]
    OtherKey {
        /// The file.
        path: PathBuf,
    },
    /// What never leaves the CA directory.
    #[error("{} is the key of a CA; it stays in the CA directory", path.display())]
    AuthorityKey {
        /// The file.
        path: PathBuf,
    },
    /// No authority.
    #[error("no trusted CA certificate is in {}", path.display())]
    NothingTrusted {
        /// The folder.
        path: PathBuf,
    },
}
