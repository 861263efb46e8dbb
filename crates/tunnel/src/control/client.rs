//! Asking a process through its control socket.
//!
//! Invariant: every wait has a limit but the one for the end of a process, however slowly an answer comes, and an answer has
//! one of its length too.
//!
//! Long because every way in which asking fails is told apart here.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::before::{AskedThrough, Before, MAX_DRAINING};
use super::{Answer, Draining, MAX_ANSWER_BYTES, NotAnAnswer, Request, passing};
use crate::handover::{FileKeeper, HandedOver, MAX_SOCKETS};

/// How long an answer is waited for, until its last byte. A reload may have many files to read.
///
/// Source: ours.
pub const ANSWER: Duration = Duration::from_secs(60);

/// What comes beside listening sockets: a line of them, and a byte with each batch.
///
/// Source: ours; the number of each of [`MAX_SOCKETS`] fits twice.
const MAX_HANDING_BYTES: usize = 64 * 1024;

/// How long a process that has closed its connection may take to be gone.
///
/// Source: ours; the system closes what a process has open when it ends, and then has its memory to give back.
const ENDING: Duration = Duration::from_secs(5);

/// A connection to the control socket of a process.
#[derive(Debug)]
pub struct Client {
    path: PathBuf,
    stream: BufReader<UnixStream>,
    /// How long an answer is waited for.
    limit: Duration,
    /// The process that handed its sockets over, where the system can tell its end.
    process: Option<OwnedFd>,
    number: Option<u32>,
    /// The processes before that one, which this one asks once it has taken over.
    before: Vec<AskedThrough>,
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
        error: NotAnAnswer,
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
        let limited = stream.set_write_timeout(Some(ANSWER));
        limited.map_err(|error| AskError::Io {
            path: owned(),
            error,
        })?;
        Ok(Self {
            path: owned(),
            stream: BufReader::new(stream),
            limit: ANSWER,
            process: None,
            number: None,
            before: Vec::new(),
        })
    }

    /// Waits for answers so long, in place of [`ANSWER`].
    #[must_use]
    pub fn with_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Asks, and waits for the answer. Several requests may follow each other.
    ///
    /// # Errors
    ///
    /// [`AskError`] when there is no answer, or it is a refusal.
    pub fn ask(&mut self, request: Request) -> Result<Answer, AskError> {
        let stream = self.stream.get_mut();
        match stream.write_all(request.line().as_bytes()) {
            // It may have said why before it closed.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            other => other.map_err(|error| self.io(error))?,
        }
        self.next_answer(Wait::of(self.limit))
    }

    /// The next answer, within so long.
    fn next_answer(&mut self, wait: Wait) -> Result<Answer, AskError> {
        let line = self.line(wait);
        let line = line.map_err(|error| self.io(error))?;
        if line.is_empty() {
            let path = self.path.clone();
            return Err(AskError::NoAnswer { path });
        }
        self.understood(&line)
    }

    /// What comes until the end of a line, or of the connection, or until it is longer than an answer may be.
    fn line(&mut self, wait: Wait) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') && line.len() <= MAX_ANSWER_BYTES {
            self.stream.get_ref().set_read_timeout(wait.left()?)?;
            let piece = match self.stream.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                piece => piece?,
            };
            let end = piece.iter().position(|byte| *byte == b'\n');
            let count = end.map_or(piece.len(), |end| end.saturating_add(1));
            line.extend_from_slice(piece.get(..count).unwrap_or_default());
            self.stream.consume(count);
            if count == 0 {
                break;
            }
        }
        Ok(line)
    }

    /// What the system said while an answer was waited for.
    fn io(&self, error: io::Error) -> AskError {
        let path = self.path.clone();
        // What the system calls the end of a limit that was set for reading.
        let error = if error.kind() == io::ErrorKind::WouldBlock {
            let why = format!(
                "the process that has it gave no whole answer within {:?}",
                self.limit
            );
            io::Error::new(io::ErrorKind::TimedOut, why)
        } else {
            error
        };
        AskError::Io { path, error }
    }

    /// The answer in a line, unless it is a refusal.
    fn understood(&self, line: &[u8]) -> Result<Answer, AskError> {
        let understood = Answer::parse(line).map_err(|error| AskError::NotUnderstood {
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
        let wait = Wait::of(self.limit);
        // Not through the buffer: the sockets come beside the bytes.
        let mut stream = self.stream.get_ref();
        stream
            .write_all(Request::HandOver.line().as_bytes())
            .map_err(|error| self.io(error))?;
        let (mut bytes, mut sockets, mut told) = (Vec::new(), Vec::new(), None);
        loop {
            if told.is_none() {
                told = self.told_of_sockets(&bytes)?;
            }
            if let Some(told) = &told
                && sockets.len() >= told.all()
            {
                let before = sockets.split_off(told.count).into_iter();
                let before = told.draining.iter().zip(before);
                let before = before.map(|(draining, connection)| AskedThrough {
                    draining: *draining,
                    connection,
                });
                self.before = before.collect();
                self.process = told.process.and_then(opened);
                self.number = told.process;
                return Ok(handed_over(sockets, &told.of_manager));
            }
            let mut piece = [0; 4096];
            let received = wait.left().and_then(|left| {
                stream.set_read_timeout(left)?;
                passing::receive(stream, &mut piece, &mut sockets)
            });
            let received = received.map_err(|error| self.io(error))?;
            let read = received.bytes;
            bytes.extend_from_slice(piece.get(..read).unwrap_or_default());
            if received.is_cut {
                let told = self.told_of_sockets(&bytes).ok().flatten();
                return Err(self.too_many_sockets(told, sockets.len()));
            }
            if read == 0
                || bytes.len() > MAX_HANDING_BYTES
                || sockets.len() > MAX_SOCKETS.saturating_add(MAX_DRAINING)
            {
                let path = self.path.clone();
                return Err(AskError::NoSockets { path });
            }
        }
    }

    /// What the line says that comes before the first of them, once it is there.
    fn told_of_sockets(&self, bytes: &[u8]) -> Result<Option<ToldOfSockets>, AskError> {
        let line = bytes.split_inclusive(|byte| *byte == b'\n').next();
        let Some(line) = line.filter(|line| line.ends_with(b"\n")) else {
            return Ok(None);
        };
        match self.understood(line)? {
            Answer::Sockets {
                count,
                process,
                of_manager,
                draining,
            } if count <= MAX_SOCKETS && draining.len() <= MAX_DRAINING => {
                Ok(Some(ToldOfSockets {
                    count,
                    process,
                    of_manager: of_manager.into_iter().collect(),
                    draining,
                }))
            }
            Answer::Sockets { .. }
            | Answer::Reloaded(_)
            | Answer::Stopping
            | Answer::Stopped
            | Answer::Status(_)
            | Answer::Connections(_)
            | Answer::Report(_)
            | Answer::Refused { .. } => {
                let path = self.path.clone();
                Err(AskError::NoSockets { path })
            }
        }
    }

    fn too_many_sockets(&self, told: Option<ToldOfSockets>, came: usize) -> AskError {
        let count = told.map_or(came, |told| told.count);
        let path = self.path.clone();
        AskError::TooManySockets { path, count, came }
    }

    /// The number of the process that handed its sockets over, if it told that.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.number
    }

    /// The process that has said that it stops, to be asked on while it drains, and those before it. On a runtime.
    ///
    /// # Errors
    ///
    /// When the runtime cannot take a connection.
    pub fn into_before(self) -> io::Result<Before> {
        let latest = AskedThrough {
            draining: Draining {
                process: self.number,
                seconds: 0,
            },
            connection: self.stream.into_inner().into(),
        };
        Before::of([latest].into_iter().chain(self.before))
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
        let answer = self.next_answer(Wait::for_the_end())?;
        if answer != Answer::Stopped {
            return Err(AskError::NoAnswer { path: self.path });
        }
        // Its last word; what follows is the close.
        drop(self.line(Wait::of(self.limit)));
        Ok(())
    }
}

/// Until when something is waited for.
#[derive(Clone, Copy)]
struct Wait {
    /// For ever without it.
    until: Option<Instant>,
}

impl Wait {
    fn of(limit: Duration) -> Self {
        Self {
            until: Instant::now().checked_add(limit),
        }
    }

    /// Connections may take as long to end as they like.
    fn for_the_end() -> Self {
        Self { until: None }
    }

    /// How long still, as sockets are told; an error once it is over.
    fn left(self) -> io::Result<Option<Duration>> {
        let Some(until) = self.until else {
            return Ok(None);
        };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Some(left))
    }
}

/// What is said of listening sockets before they come.
struct ToldOfSockets {
    count: usize,
    process: Option<u32>,
    of_manager: BTreeSet<usize>,
    draining: Vec<Draining>,
}

impl ToldOfSockets {
    /// How many descriptors come.
    fn all(&self) -> usize {
        self.count.saturating_add(self.draining.len())
    }
}

fn handed_over(sockets: Vec<OwnedFd>, of_manager: &BTreeSet<usize>) -> Vec<HandedOver> {
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
