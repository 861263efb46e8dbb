//! Asking a process through its control socket.
//!
//! Invariant: every wait has a limit, and an answer has one too.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Answer, Request};

/// How long an answer is waited for. A reload may have many files to read.
///
/// Source: ours.
pub const ANSWER: Duration = Duration::from_secs(60);

/// Longest answer in bytes.
///
/// Source: ours; the state of 10,000 endpoints fits.
pub const MAX_ANSWER_BYTES: u64 = 16 * 1024 * 1024;

/// A connection to the control socket of a process.
#[derive(Debug)]
pub struct Client {
    path: PathBuf,
    stream: BufReader<UnixStream>,
}

/// A process cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// There is no such socket.
    #[error("there is no control socket {}", .path.display())]
    NoSocket {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Its process is gone.
    #[error("nobody listens at the control socket {}; its process is gone", .path.display())]
    NobodyThere {
        /// The socket.
        path: PathBuf,
    },
    /// It does not let itself be used.
    #[error("the control socket {} cannot be used", .path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        #[source]
        error: io::Error,
    },
    /// The connection was closed before an answer.
    #[error("the process at {} gave no answer", .path.display())]
    NoAnswer {
        /// The socket.
        path: PathBuf,
    },
    /// What came is no answer.
    #[error("the process at {} gave an answer that is not understood; is it another version?", .path.display())]
    NotUnderstood {
        /// The socket.
        path: PathBuf,
        /// What is wrong in it.
        #[source]
        error: serde_json::Error,
    },
    /// The process refused.
    #[error("the process refused: {reason}")]
    Refused {
        /// Why.
        reason: String,
    },
}

impl Client {
    /// Connects to the process whose control socket this is.
    ///
    /// # Errors
    ///
    /// [`AskError`] when nobody is there.
    pub fn connect(path: &Path) -> Result<Self, AskError> {
        let owned = || path.to_owned();
        let stream = UnixStream::connect(path).map_err(|error| {
            let path = owned();
            if error.kind() == io::ErrorKind::NotFound {
                AskError::NoSocket { path }
            } else if error.kind() == io::ErrorKind::ConnectionRefused {
                AskError::NobodyThere { path }
            } else {
                AskError::Io { path, error }
            }
        })?;
        let limited = stream
            .set_read_timeout(Some(ANSWER))
            .and_then(|()| stream.set_write_timeout(Some(ANSWER)));
        limited.map_err(|error| AskError::Io {
            path: owned(),
            error,
        })?;
        Ok(Self {
            path: owned(),
            stream: BufReader::new(stream),
        })
    }

    /// Asks, and waits for the answer. Several requests may follow each other.
    ///
    /// # Errors
    ///
    /// [`AskError`] when there is no answer, or it is a refusal.
    pub fn ask(&mut self, request: Request) -> Result<Answer, AskError> {
        let io = |error| AskError::Io {
            path: self.path.clone(),
            error,
        };
        let stream = self.stream.get_mut();
        match stream.write_all(request.line().as_bytes()) {
            // It may have said why before it closed.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            other => other.map_err(io)?,
        }
        let mut line = Vec::new();
        let mut limited = self.stream.by_ref().take(MAX_ANSWER_BYTES);
        limited.read_until(b'\n', &mut line).map_err(|error| {
            let path = self.path.clone();
            AskError::Io { path, error }
        })?;
        let path = || self.path.clone();
        if line.is_empty() {
            return Err(AskError::NoAnswer { path: path() });
        }
        let understood = serde_json::from_slice(&line);
        match understood.map_err(|error| AskError::NotUnderstood {
            path: path(),
            error,
        })? {
            Answer::Refused { reason } => Err(AskError::Refused { reason }),
            answer @ (Answer::Reloaded(_) | Answer::Stopping | Answer::Status(_)) => Ok(answer),
        }
    }

    /// Waits until the process has closed the connection, as it does at its end.
    ///
    /// # Errors
    ///
    /// [`AskError::Io`] when that cannot be waited for.
    pub fn wait_for_end(mut self) -> Result<(), AskError> {
        let waiting = self.stream.get_ref().set_read_timeout(None);
        let ended = waiting.and_then(|()| io::copy(&mut self.stream, &mut io::sink()));
        match ended {
            Err(error) if error.kind() != io::ErrorKind::ConnectionReset => Err(AskError::Io {
                path: self.path,
                error,
            }),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}
