//! The control socket of a process: who may connect, and how its lines become requests.
//!
//! Invariant: only the account of the process and root are listened to, and nothing that they send, or do not
//! take, harms the tunnels or takes more than a fixed amount of memory.
//!
//! Long because what a connection is kept for stands with the reading of its lines.

use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixListener as StdUnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, fchmod};
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen, socket_with,
};
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Interest,
};
use tokio::net::unix::{ReadHalf, WriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

use super::reserve::Reserve;
use super::{Answer, MAX_REQUEST_BYTES, NotARequest, Request, passing};
use crate::bind::ListenAddress;
use crate::handover::{Custody, DoorSocket, Handing, Inherited, Loan, Part};
use crate::limits::ACCEPT_PAUSE;
use crate::report::repeats::PERIOD;
use crate::socket_file::{Blocked, SocketFile, clear_the_way};

/// Connections at once; further ones are refused.
///
/// Source: ours; a person, a monitor and a restart need three.
pub const MAX_CONNECTIONS: usize = 16;

/// How long a connection may be silent, and how long it may take to take an answer.
///
/// Source: ours; a display that asks every few seconds is far below.
pub const SILENCE: Duration = Duration::from_secs(60);

/// Connections that wait in the system's queue.
const BACKLOG: i32 = 16;

/// A request, and where its answer goes.
#[derive(Debug)]
pub struct Command {
    /// What is asked.
    pub request: Request,
    /// Takes the answer. Dropped without one, the request is refused.
    pub answer: oneshot::Sender<Reply>,
}

/// An answer, and what goes with it.
#[derive(Debug)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// What the process that asks is given: as many as the answer says.
    pub sockets: Vec<OwnedFd>,
    /// Keeps the files of those sockets until it is known what became of the process that asks.
    pub loan: Option<Loan>,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            sockets: Vec::new(),
            loan: None,
        }
    }
}

/// Until when a control socket is served.
#[derive(Clone, Debug, Default)]
pub struct Until {
    /// It is given up: nobody is listened to any more.
    pub silence: CancellationToken,
    /// The process ends: whoever waits for that is told.
    pub end: CancellationToken,
}

/// A control socket that has its address and does not listen to anybody yet.
#[derive(Debug)]
pub struct ControlSocket {
    listener: StdUnixListener,
    path: PathBuf,
    /// Removes the file when the socket goes, if it is ours then.
    file: Option<SocketFile>,
    silence: Duration,
    reserve: Reserve,
}

/// There is no control socket.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Another process has it.
    #[error("another process listens at the control socket {}", .path.display())]
    InUse {
        /// The socket.
        path: PathBuf,
    },
    /// There is a file in its place.
    #[error("{} exists and is no socket; it is left alone", .path.display())]
    NotASocket {
        /// The file.
        path: PathBuf,
    },
    /// Something else.
    #[error("the control socket {} cannot be made", .path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        #[source]
        error: io::Error,
    },
}

impl ControlSocket {
    /// Takes the path. The socket of a process that is gone is replaced.
    ///
    /// From its first moment only its owner can connect.
    ///
    /// # Errors
    ///
    /// [`ControlError`] when the path cannot be had.
    pub async fn bind(path: &Path, custody: &Custody) -> Result<Self, ControlError> {
        let owned = || path.to_owned();
        let io = |error| ControlError::Io {
            path: owned(),
            error,
        };
        clear_the_way(path).await.map_err(|blocked| match blocked {
            Blocked::ByFile => ControlError::NotASocket { path: owned() },
            Blocked::ByListener => ControlError::InUse { path: owned() },
            Blocked::By(error) => io(error),
        })?;
        let listener = private_listener(path).map_err(|error| match error {
            rustix::io::Errno::ADDRINUSE => ControlError::InUse { path: owned() },
            error => io(error.into()),
        })?;
        Ok(Self {
            listener,
            path: owned(),
            file: custody.made(path),
            silence: SILENCE,
            reserve: Reserve::new(),
        })
    }

    /// Picks the socket of this path out of those of the process before this one. Nobody is answered there before
    /// [`ControlSocket::serve`].
    pub fn among(given: &mut Vec<Inherited>, path: &Path) -> Option<Self> {
        let address = ListenAddress::Unix(path.to_owned());
        let found = given.iter().position(|given| given.address == address)?;
        let given = given.swap_remove(found);
        match given.socket {
            DoorSocket::Unix(listener) => Some(Self {
                listener,
                path: path.to_owned(),
                file: given.file,
                silence: SILENCE,
                reserve: Reserve::new(),
            }),
            DoorSocket::Tcp(_) => None,
        }
    }

    /// Lets the socket go to a process that is to take over.
    ///
    /// # Errors
    ///
    /// When the system has no more descriptors.
    pub fn hand(&self, handing: &Handing) -> io::Result<()> {
        let address = ListenAddress::Unix(self.path().to_owned());
        let socket = self.listener.as_fd().try_clone_to_owned()?;
        handing.add(Part::Service, address, socket, self.file.as_ref());
        Ok(())
    }

    /// Closes a connection that is silent for so long, in place of [`SILENCE`].
    #[must_use]
    pub fn with_limit_of_silence(self, silence: Duration) -> Self {
        Self { silence, ..self }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Answers until it is to be silent; each request goes into `commands`. Whoever has asked for the stop is told of the
    /// end.
    ///
    /// # Errors
    ///
    /// When the runtime cannot take the socket.
    pub async fn serve(self, commands: mpsc::Sender<Command>, until: Until) -> io::Result<()> {
        let listener = UnixListener::from_std(self.listener)?;
        let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let tasks = TaskTracker::new();
        let mut shortage = Shortage::default();
        loop {
            let accepted = tokio::select! {
                biased;
                () = until.silence.cancelled() => break,
                accepted = accept(&listener, &self.reserve) => accepted,
            };
            let (mut stream, lent) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // The system is short of something; the callers wait in its queue.
                    shortage.tell(&error, Instant::now());
                    // Whoever has what is kept may be done at once.
                    drop(timeout(ACCEPT_PAUSE.1, self.reserve.is_back()).await);
                    continue;
                }
            };
            if lent.is_none() {
                shortage.is_over();
                self.reserve.refill();
            }
            let permit = Arc::clone(&room).try_acquire_owned().ok();
            let held = Held::new(self.silence);
            let (commands, until) = (commands.clone(), until.clone());
            tasks.spawn(async move {
                converse(&mut stream, permit, commands, until, held).await;
                if let Some(reserve) = lent {
                    reserve.give_back(stream);
                }
            });
        }
        // In this order: see `SocketFile`.
        drop(self.file);
        drop(listener);
        tasks.close();
        tasks.wait().await;
        Ok(())
    }
}

/// The next caller, and the reserve if it took what is kept there.
async fn accept(
    listener: &UnixListener,
    reserve: &Reserve,
) -> io::Result<(UnixStream, Option<Reserve>)> {
    let error = match listener.accept().await {
        Ok((stream, _)) => return Ok((stream, None)),
        Err(error) => error,
    };
    if !Reserve::helps_against(&error) {
        return Err(error);
    }
    let accepted = poll_fn(|cx| {
        let accept = || match listener.poll_accept(cx) {
            Poll::Ready(accepted) => accepted.ok(),
            Poll::Pending => None,
        };
        Poll::Ready(reserve.lend(accept))
    });
    let (stream, _) = accepted.await.ok_or(error)?;
    Ok((stream, Some(reserve.clone())))
}

/// What the log was told of callers who cannot be accepted.
#[derive(Default)]
struct Shortage {
    told: Option<Instant>,
    /// Whether the line that told of it waits for the one that it is over.
    is_open: bool,
}

impl Shortage {
    fn tell(&mut self, error: &io::Error, now: Instant) {
        let early = |told| now.saturating_duration_since(told) < PERIOD;
        if self.told.is_some_and(early) {
            return;
        }
        self.told = Some(now);
        self.is_open = true;
        let error = error.to_string();
        let remedy = "raise the limit of open files (LimitNOFILE= of its service; prlimit(1) for one that runs), or have connections closed; SIGTERM stops it without the socket";
        warn!(
            error,
            remedy, "nobody can be accepted at the control socket for now"
        );
    }

    fn is_over(&mut self) {
        if std::mem::take(&mut self.is_open) {
            info!("callers are accepted at the control socket again");
        }
    }
}

/// A listening socket that only its owner can connect to.
fn private_listener(path: &Path) -> Result<StdUnixListener, rustix::io::Errno> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    // The file gets the mode of the socket, so that there is no moment at which others can connect
    // (`unix_bind_bsd` of Linux).
    fchmod(&socket, Mode::RUSR | Mode::WUSR)?;
    bind(&socket, &SocketAddrUnix::new(path)?)?;
    listen(&socket, BACKLOG)?;
    Ok(socket.into())
}

/// One connection, request by request.
async fn converse(
    stream: &mut UnixStream,
    permit: Option<OwnedSemaphorePermit>,
    commands: mpsc::Sender<Command>,
    until: Until,
    mut held: Held,
) {
    let refused = match (&permit, stranger(stream)) {
        (_, Some(reason)) => Some(reason),
        (None, None) => Some(format!(
            "there are {MAX_CONNECTIONS} control connections already"
        )),
        (Some(_), None) => None,
    };
    let (read, mut write) = stream.split();
    if let Some(reason) = refused {
        warn!(reason, "control connection refused");
        drop(say(&mut write, &Answer::Refused { reason }.into()).await);
        return;
    }
    let mut read = BufReader::new(read);
    // What is asked is still answered at the stop.
    while let Some(line) = held.next_line(&mut read, &until).await {
        let Ok(line) = line else {
            // The other process is gone: it serves nothing.
            held.end_loan();
            return;
        };
        let request = line.and_then(|line| Request::parse(&line));
        let reply = match &request {
            Ok(Request::TakenOver) if held.loan.is_none() => {
                refusal("the listening sockets did not go through this connection")
            }
            Ok(request) => ask(*request, &commands).await,
            Err(error) => refusal(&error.to_string()),
        };
        let said = say(&mut write, &reply).await;
        held.note(&request, reply);
        if said.is_err() || request == Err(NotARequest::TooLong) {
            held.end_loan();
            return;
        }
    }
    if held.waits_for_end {
        // It may have gone.
        drop(say(&mut write, &Answer::Stopped.into()).await);
    }
    drop(permit);
}

/// What a connection is kept for.
struct Held {
    /// How long it may be silent if it is kept for nothing.
    silence: Duration,
    /// It has the listening sockets.
    loan: Option<Loan>,
    /// It has asked for the stop, or has taken over: it may ask on until the end, and is told of that.
    waits_for_end: bool,
}

impl Held {
    fn new(silence: Duration) -> Self {
        Self {
            silence,
            loan: None,
            waits_for_end: false,
        }
    }

    /// The next line; an error if the other end has gone or is silent for too long, and nothing when it is not listened to
    /// any more.
    async fn next_line(&self, read: &mut BufReader<ReadHalf<'_>>, until: &Until) -> Option<Line> {
        let (over, limit) = match (self.waits_for_end, &self.loan) {
            // A drain may take a day, and so may the start of a process.
            (true, _) => (&until.end, None),
            (false, Some(_)) => (&until.silence, None),
            (false, None) => (&until.silence, Some(self.silence)),
        };
        over.run_until_cancelled(next_line(read, limit)).await
    }

    fn note(&mut self, request: &Result<Request, NotARequest>, reply: Reply) {
        if let Some(loan) = reply.loan {
            self.end_loan();
            self.loan = Some(loan);
        }
        let stops = matches!(request, Ok(Request::Stop | Request::TakenOver));
        self.waits_for_end |= stops && reply.answer == Answer::Stopping;
    }

    fn end_loan(&mut self) {
        if let Some(loan) = self.loan.take() {
            loan.end();
        }
    }
}

fn refusal(reason: &str) -> Reply {
    warn!(reason, "control request refused");
    let reason = reason.to_owned();
    Answer::Refused { reason }.into()
}

/// A line of a request, or why there is none.
type Line = io::Result<Result<Vec<u8>, NotARequest>>;

/// The next line. An error when there is none: the caller has gone, or is silent for longer than `limit`.
async fn next_line(read: &mut BufReader<ReadHalf<'_>>, limit: Option<Duration>) -> Line {
    let mut line = Vec::new();
    let most = u64::try_from(MAX_REQUEST_BYTES).unwrap_or(u64::MAX);
    let mut limited = read.take(most);
    let whole = until_end_of_line(&mut limited, &mut line);
    match limit {
        Some(limit) => timeout(limit, whole).await??,
        None => whole.await?,
    }
    match line.last() {
        None => Err(io::ErrorKind::UnexpectedEof.into()),
        Some(b'\n') => Ok(Ok(line)),
        Some(_) if line.len() < MAX_REQUEST_BYTES => Ok(Ok(line)),
        Some(_) => Ok(Err(NotARequest::TooLong)),
    }
}

async fn until_end_of_line(
    read: &mut (impl AsyncBufRead + Unpin),
    line: &mut Vec<u8>,
) -> io::Result<()> {
    read.read_until(b'\n', line).await.map(drop)
}

async fn ask(request: Request, commands: &mpsc::Sender<Command>) -> Reply {
    match request {
        // Asked each second by who looks on.
        Request::Status | Request::Connections | Request::Report => {
            debug!(request = request.name(), "control request");
        }
        Request::Reload | Request::Stop | Request::HandOver | Request::TakenOver => {
            info!(request = request.name(), "control request");
        }
    }
    let (answer, answered) = oneshot::channel();
    let gone = || Answer::Refused {
        reason: "the process is about to end".to_owned(),
    };
    let command = Command { request, answer };
    if commands.send(command).await.is_err() {
        return gone().into();
    }
    answered.await.unwrap_or_else(|_| gone().into())
}

async fn say(write: &mut WriteHalf<'_>, reply: &Reply) -> io::Result<()> {
    let saying = async {
        write.write_all(&reply.answer.line()).await?;
        let stream: &UnixStream = write.as_ref();
        for batch in reply.sockets.chunks(passing::BATCH) {
            let send = || passing::send(stream, batch);
            stream.async_io(Interest::WRITABLE, send).await?;
        }
        Ok(())
    };
    timeout(SILENCE, saying).await?
}

/// Why somebody may not ask anything; nothing if this is the account of this process, or root.
fn stranger(stream: &UnixStream) -> Option<String> {
    let ours = rustix::process::geteuid().as_raw();
    match stream.peer_cred() {
        Ok(peer) if peer.uid() == ours || peer.uid() == 0 => None,
        Ok(peer) => Some(format!(
            "the user {} may not; only {ours}, which the process runs as, and 0 may",
            peer.uid()
        )),
        Err(error) => Some(format!("it is not known who asks: {error}")),
    }
}
