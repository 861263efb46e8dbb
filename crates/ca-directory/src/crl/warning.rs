//! What whoever asks for a list should know. Never a reason to make none.

use std::fmt;
use std::path::PathBuf;

use trustpack_ca::warning::Warning;
use trustpack_x509::crl::number::CrlNumber;
use trustpack_x509::time::Timestamp;

/// Something about a list that was made, or about the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListWarning {
    /// About its signature.
    Signature(Warning),
    /// The list before it cannot be read, so that nobody knows which entries could go.
    Unreadable {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The list before it was signed by another key.
    Foreign {
        /// Its file.
        path: PathBuf,
    },
    /// The list before it is of a time that has not come yet.
    FromFuture {
        /// When it says it was made.
        this_update: Timestamp,
    },
    /// The file with the next number was behind the lists on disk.
    NumberBehind {
        /// What it said.
        written: CrlNumber,
        /// What was used.
        used: CrlNumber,
    },
    /// The certificate of the authority has ended, and lists of it are not believed.
    AuthorityEnded {
        /// Its last moment.
        end: Timestamp,
    },
}

impl fmt::Display for ListWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature(Warning::Sha1) => f.write_str(
                "the signature is over SHA-1, which is broken; most programs of today refuse the list",
            ),
            Self::Signature(warning) => warning.fmt(f),
            Self::Unreadable { path, reason } => write!(
                f,
                "the list before this one, {}, cannot be read: {reason}; no entry has been dropped",
                path.display()
            ),
            Self::Foreign { path } => write!(
                f,
                "the list before this one, {}, was not signed by this key; no entry has been dropped",
                path.display()
            ),
            Self::FromFuture { this_update } => write!(
                f,
                "the list before this one is of {this_update}, which has not come yet; is the clock right?"
            ),
            Self::NumberBehind { written, used } => write!(
                f,
                "the next number was to be {written}, but a list has a higher one; it is {used}"
            ),
            Self::AuthorityEnded { end } => {
                write!(f, "the CA ended on {end}; no program believes lists of it")
            }
        }
    }
}
