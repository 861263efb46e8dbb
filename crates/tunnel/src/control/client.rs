//! Asking a process through its control socket.
//!
//! Invariant: every wait has a limit, and an answer has one too.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::before::Before;
use super::{Answer, Request, passing};
use crate::handover::{FileKeeper, HandedOver, MAX_SOCKETS};

/// How long an answer is waited for. A reload may have many files to read.
///
/// Source: ours.
pub const ANSWER: Duration = Duration::from_secs(60);

/// Longest answer in bytes.
///
/// Source: ours; the state of 10,000 endpoints fits.
pub const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// How long a process that has closed its connection may take to be gone.
///
/// Source: ours; the system closes what a process has open when it ends, and then has its memory to give back.
const ENDING: Duration = Duration::from_secs(5);

/// A connection to the control socket of a process.
#[derive(Debug)]
pub struct Client {
    path: PathBuf,
    stream: BufReader<UnixStream>,
    /// The process that handed its sockets over, where the system can tell its end.
    process: Option<OwnedFd>,
    number: Option<u32>,
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
    /// The system passed on as many listening sockets as this process may have open, and not the rest.
    #[error(
        "of the {count} listening sockets of the process at {} only {came} could be taken: this process may open no more files",
        .path.display()
    )]
    TooManySockets {
        /// The socket.
        path: PathBuf,
        /// How many there are.
        count: usize,
        /// How many have come.
        came: usize,
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
            process: None,
            number: None,
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
        self.next_answer()
    }

    fn next_answer(&mut self) -> Result<Answer, AskError> {
        let mut line = Vec::new();
        let most = u64::try_from(MAX_ANSWER_BYTES).unwrap_or(u64::MAX);
        let mut limited = self.stream.by_ref().take(most);
        limited.read_until(b'\n', &mut line).map_err(|error| {
            let path = self.path.clone();
            // What the system calls the end of a limit that was set for reading.
            let error = if error.kind() == io::ErrorKind::WouldBlock {
                let why = format!("the process that has it gave no answer within {ANSWER:?}");
                io::Error::new(io::ErrorKind::TimedOut, why)
            } else {
                error
            };
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
            | Answer::Stopped
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
    pub fn hand_over(&mut self) -> Result<Vec<HandedOver>, AskError> {
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
                let Answer::Sockets {
                    count,
                    process,
                    of_manager,
                } = self.understood(line)?
                else {
                    let path = self.path.clone();
                    return Err(AskError::NoSockets { path });
                };
                if sockets.len() >= count {
                    self.process = process.and_then(opened);
                    self.number = process;
                    return Ok(handed_over(sockets, &of_manager));
                }
            }
            let mut piece = [0; 4096];
            let received = passing::receive(stream, &mut piece, &mut sockets).map_err(io)?;
            let read = received.bytes;
            bytes.extend_from_slice(piece.get(..read).unwrap_or_default());
            if received.is_cut {
                return Err(self.too_many_sockets(&bytes, sockets.len()));
            }
            if read == 0 || bytes.len() > MAX_ANSWER_BYTES || sockets.len() > MAX_SOCKETS {
                let path = self.path.clone();
                return Err(AskError::NoSockets { path });
            }
        }
    }

    /// The line that says how many there are has come before the first of them.
    fn too_many_sockets(&self, bytes: &[u8], came: usize) -> AskError {
        let line = bytes.split_inclusive(|byte| *byte == b'\n').next();
        let told = line.and_then(|line| self.understood(line).ok());
        let count = if let Some(Answer::Sockets { count, .. }) = told {
            count
        } else {
            came
        };
        let path = self.path.clone();
        AskError::TooManySockets { path, count, came }
    }

    /// The number of the process that handed its sockets over, if it told that.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.number
    }

    /// The process that has said that it stops, to be asked on while it drains. On a runtime.
    ///
    /// # Errors
    ///
    /// When the runtime cannot take the connection.
    pub fn into_before(self) -> io::Result<Before> {
        Before::at(self.stream.into_inner(), self.number)
    }

    /// Whether the process that handed its sockets over has ended; if not, that is waited for, for a moment. It has not as
    /// far as is known where the system does not tell.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        let Some(process) = &self.process else {
            return false;
        };
        // It can be read once the process is gone (`pidfd_open(2)`).
        let limit = Timespec::try_from(ENDING).ok();
        let mut gone = [PollFd::new(process, PollFlags::IN)];
        poll(&mut gone, limit.as_ref()).is_ok_and(|ready| ready > 0)
    }

    /// Waits until the process has said that every connection has ended, and is about to end.
    ///
    /// # Errors
    ///
    /// [`AskError`] when it does not say so: it was killed, or closed the connection for another reason.
    pub fn wait_for_end(mut self) -> Result<(), AskError> {
        let unlimited = self.stream.get_ref().set_read_timeout(None);
        unlimited.map_err(|error| AskError::Io {
            path: self.path.clone(),
            error,
        })?;
        let answer = self.next_answer()?;
        if answer != Answer::Stopped {
            return Err(AskError::NoAnswer { path: self.path });
        }
        // Its last word; what follows is the close.
        drop(io::copy(&mut self.stream, &mut io::sink()));
        Ok(())
    }
}

fn handed_over(sockets: Vec<OwnedFd>, of_manager: &[usize]) -> Vec<HandedOver> {
    let keeper = |index: usize| {
        if of_manager.contains(&index) {
            FileKeeper::Manager
        } else {
            FileKeeper::Process
        }
    };
    let sockets = sockets.into_iter().enumerate();
    sockets
        .map(|(index, socket)| HandedOver {
            socket,
            keeper: keeper(index),
        })
        .collect()
}

/// A descriptor for the process of this number, which tells its end.
#[cfg(target_os = "linux")]
fn opened(process: u32) -> Option<OwnedFd> {
    use rustix::process::{Pid, PidfdFlags, pidfd_open};
    let process = Pid::from_raw(i32::try_from(process).ok()?)?;
    pidfd_open(process, PidfdFlags::NONBLOCK).ok()
}

#[cfg(not(target_os = "linux"))]
fn opened(_process: u32) -> Option<OwnedFd> {
    None
}
