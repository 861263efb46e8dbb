//! The process before this one, while it drains: it is asked through the connection over which its sockets came.
//!
//! It listens nowhere any more. Invariant: whoever asks waits for it for a moment at most, and one that has ended, or that
//! does not answer, is not asked again.

use std::os::unix::net::UnixStream as StdUnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{Answer, MAX_ANSWER_BYTES, Request};
use crate::status::{Connections, DrainingStatus, MAX_CONNECTIONS_TOLD, Status};

/// How long an answer is waited for, by somebody who waits for another one.
///
/// Source: ours; a process that runs answers within a millisecond.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// The process before this one, if there is one that still runs.
#[derive(Clone, Debug, Default)]
pub struct Before(Arc<Mutex<Option<Drains>>>);

#[derive(Debug)]
struct Drains {
    stream: BufReader<UnixStream>,
    process: Option<u32>,
    since: Instant,
}

impl Before {
    /// The process at the other end of this connection, which has said that it stops. On a runtime.
    ///
    /// # Errors
    ///
    /// When the runtime cannot take the connection.
    pub fn at(stream: StdUnixStream, process: Option<u32>) -> std::io::Result<Self> {
        stream.set_nonblocking(true)?;
        let drains = Drains {
            stream: BufReader::new(UnixStream::from_std(stream)?),
            process,
            since: Instant::now(),
        };
        Ok(Self(Arc::new(Mutex::new(Some(drains)))))
    }

    /// Adds to a status how it is, and those before it.
    pub async fn tell_status(&self, status: &mut Status) {
        let mut place = self.0.lock().await;
        let Some(drains) = &mut *place else {
            return;
        };
        let Some(Answer::Status(said)) = drains.ask(Request::Status).await else {
            *place = None;
            return;
        };
        status.draining.push(DrainingStatus {
            process: drains.process,
            connections: said.open(),
            seconds: drains.since.elapsed().as_secs(),
        });
        status.draining.extend(said.draining);
    }

    /// Puts the connections that it carries before others, with its number: they are older.
    pub async fn tell_connections(&self, connections: &mut Connections) {
        let mut place = self.0.lock().await;
        let Some(drains) = &mut *place else {
            return;
        };
        let Some(Answer::Connections(said)) = drains.ask(Request::Connections).await else {
            *place = None;
            return;
        };
        let process = drains.process;
        let older = said.oldest.into_iter().map(|mut connection| {
            connection.process = connection.process.or(process);
            connection
        });
        connections.oldest.splice(0..0, older);
        connections.oldest.truncate(MAX_CONNECTIONS_TOLD);
        connections.count = connections.count.saturating_add(said.count);
    }
}

impl Drains {
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
