//! Asking a process through its control socket.
//!
//! Invariant: every wait has a limit, and an answer has one too.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Answer, Request, passing};
use crate::handover::MAX_SOCKETS;

/// How long an answer is waited for. A reload may have many files to read.
///
/// Source: ours.
pub const ANSWER: Duration = Duration::from_secs(60);

/// Longest answer in bytes.
///
/// Source: ours; the state of 10,000 endpoints fits.
pub const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

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
    /// It did not give its listening sockets.
    #[error("the process at {} did not give its listening sockets", .path.display())]
    NoSockets {
        /// The socket.
        path: PathBuf,
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
        let most = u64::try_from(MAX_ANSWER_BYTES).unwrap_or(u64::MAX);
        let mut limited = self.stream.by_ref().take(most);
        limited.read_until(b'\n', &mut line).map_err(|error| {
            let path = self.path.clone();
            AskError::Io { path, error }
        })?;
        if line.is_empty() {
            let path = self.path.clone();
            return Err(AskError::NoAnswer { path });
        }
        self.understood(&line)
    }

    /// The answer in a line, unless it is a refusal.
    fn understood(&self, line: &[u8]) -> Result<Answer, AskError> {
        let understood = serde_json::from_slice(line);
        let understood = understood.map_err(|error| AskError::NotUnderstood {
            path: self.path.clone(),
            error,
        });
        match understood? {
            Answer::Refused { reason } => Err(AskError::Refused { reason }),
            answer @ (Answer::Reloaded(_)
            | Answer::Stopping
            | Answer::Status(_)
            | Answer::Connections(_)
            | Answer::Report(_)
            | Answer::Sockets { .. }) => Ok(answer),
        }
    }

    /// Asks for the listening sockets. The process goes on serving until [`Request::TakenOver`] is asked on this same
    /// connection.
    ///
    /// # Errors
    ///
    /// [`AskError`] when they do not come.
    pub fn hand_over(&mut self) -> Result<Vec<OwnedFd>, AskError> {
        let io = |error| AskError::Io {
            path: self.path.clone(),
            error,
        };
        // Not through the buffer: the sockets come beside the bytes.
        let mut stream = self.stream.get_ref();
        stream
            .write_all(Request::HandOver.line().as_bytes())
            .map_err(io)?;
        let (mut bytes, mut sockets) = (Vec::new(), Vec::new());
        loop {
            if let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
                let line = bytes.get(..=end).unwrap_or_default();
                let Answer::Sockets { count } = self.understood(line)? else {
                    let path = self.path.clone();
                    return Err(AskError::NoSockets { path });
                };
                if sockets.len() >= count {
                    return Ok(sockets);
                }
            }
            let mut piece = [0; 4096];
            let read = passing::receive(stream, &mut piece, &mut sockets).map_err(io)?;
            bytes.extend_from_slice(piece.get(..read).unwrap_or_default());
            if read == 0 || bytes.len() > MAX_ANSWER_BYTES || sockets.len() > MAX_SOCKETS {
                let path = self.path.clone();
                return Err(AskError::NoSockets { path });
            }
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
