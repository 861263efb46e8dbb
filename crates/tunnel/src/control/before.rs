//! The processes before this one, while they drain: each is asked through the connection over which its sockets came.
//!
//! They listen nowhere any more. Who takes over from this process gets those connections too, so that they are known for as
//! long as they carry something, whichever of those between has ended.
//!
//! Invariant: whoever asks waits for each of them for a moment at most, and one that has ended, or that does not answer, is
//! not asked again.

use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{Answer, Draining, MAX_ANSWER_BYTES, Request};
use crate::status::{Connections, DrainingStatus, MAX_CONNECTIONS_TOLD, Status};

/// How long an answer is waited for, by somebody who waits for another one.
///
/// Source: ours; a process that runs answers within a millisecond.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// Processes before this one that are told of, those that drain the longest left out.
///
/// Source: ours; restarts once a day whose connections stay for two weeks.
pub const MAX_DRAINING: usize = 16;

/// The processes before this one that still run, the latest first.
#[derive(Clone, Debug, Default)]
pub struct Before(Arc<Mutex<Vec<Drains>>>);

#[derive(Debug)]
struct Drains {
    stream: BufReader<UnixStream>,
    process: Option<u32>,
    since: Instant,
}

/// A process that drains, and the connection that it is asked through.
#[derive(Debug)]
pub struct AskedThrough {
    /// Which one.
    pub draining: Draining,
    /// The connection.
    pub connection: OwnedFd,
}

impl Before {
    /// These processes, the latest first; each has said that it stops. On a runtime.
    ///
    /// # Errors
    ///
    /// When the runtime cannot take a connection.
    pub fn of(all: impl IntoIterator<Item = AskedThrough>) -> std::io::Result<Self> {
        let now = Instant::now();
        let all = all.into_iter().take(MAX_DRAINING).map(|one| {
            let stream = StdUnixStream::from(one.connection);
            stream.set_nonblocking(true)?;
            let drains = Duration::from_secs(one.draining.seconds);
            Ok(Drains {
                stream: BufReader::new(UnixStream::from_std(stream)?),
                process: one.draining.process,
                since: now.checked_sub(drains).unwrap_or(now),
            })
        });
        let all: std::io::Result<_> = all.collect();
        Ok(Self(Arc::new(Mutex::new(all?))))
    }

    /// The same for the process that takes over from this one. Whichever cannot be given is left out.
    pub async fn duplicates(&self) -> Vec<AskedThrough> {
        let all = self.0.lock().await;
        let duplicates = all.iter().filter_map(|one| {
            let connection = one.stream.get_ref().as_fd().try_clone_to_owned().ok()?;
            let draining = one.draining();
            Some(AskedThrough {
                draining,
                connection,
            })
        });
        duplicates.collect()
    }

    /// Leaves them to the process that has taken over: two who ask would take each other's answers.
    pub async fn give_up(&self) {
        self.0.lock().await.clear();
    }

    /// Adds to a status how they are.
    pub async fn tell_status(&self, status: &mut Status) {
        let mut all = self.0.lock().await;
        let mut left = Vec::new();
        for mut drains in all.drain(..) {
            if let Some(Answer::Status(said)) = drains.ask(Request::Status).await {
                let Draining { process, seconds } = drains.draining();
                status.draining.push(DrainingStatus {
                    process,
                    connections: said.open(),
                    seconds,
                });
                left.push(drains);
            }
        }
        *all = left;
    }

    /// Puts the connections that they carry before others, with their numbers: they are older.
    pub async fn tell_connections(&self, connections: &mut Connections) {
        let mut all = self.0.lock().await;
        let mut left = Vec::new();
        for mut drains in all.drain(..) {
            if let Some(Answer::Connections(said)) = drains.ask(Request::Connections).await {
                let process = drains.process;
                let older = said.oldest.into_iter().map(|mut connection| {
                    connection.process = connection.process.or(process);
                    connection
                });
                connections.oldest.splice(0..0, older);
                connections.count = connections.count.saturating_add(said.count);
                left.push(drains);
            }
        }
        *all = left;
        connections.oldest.truncate(MAX_CONNECTIONS_TOLD);
    }
}

impl Drains {
    fn draining(&self) -> Draining {
        Draining {
            process: self.process,
            seconds: self.since.elapsed().as_secs(),
        }
    }

    /// What it answers; nothing if it has ended, or is of a version that says nothing then.
    async fn ask(&mut self, request: Request) -> Option<Answer> {
        let mut line = Vec::new();
        let asking = async {
            let stream = self.stream.get_mut();
            stream.write_all(request.line().as_bytes()).await?;
            let most =
                u64::try_from(MAX_ANSWER_BYTES).map_or(u64::MAX, |most| most.saturating_add(1));
            let mut limited = (&mut self.stream).take(most);
            limited.read_until(b'\n', &mut line).await
        };
        timeout(PATIENCE, asking).await.ok()?.ok()?;
        Answer::parse(&line).ok()
    }
}
