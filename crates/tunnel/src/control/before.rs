//! The processes before this one, while they drain: each is asked through the connection over which its sockets came.
//!
//! They listen nowhere any more. Who takes over from this process gets those connections too, so that they are known for as
//! long as they carry something, whichever of those between has ended.
//!
//! Invariant: whoever asks waits for all of them together for a moment at most, and one that has ended, or that does not
//! answer, is not asked again.

use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
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
        let told = self.ask_all(Request::Status, |drains, answer| {
            let Answer::Status(said) = answer else {
                return None;
            };
            let Draining { process, seconds } = drains.draining();
            Some(DrainingStatus {
                process,
                connections: said.open(),
                seconds,
            })
        });
        status.draining.extend(told.await);
    }

    /// Puts the connections that they carry before others, with their numbers: they are older.
    pub async fn tell_connections(&self, connections: &mut Connections) {
        let told = self.ask_all(Request::Connections, |drains, answer| {
            let Answer::Connections(said) = answer else {
                return None;
            };
            Some((drains.process, said))
        });
        for (process, said) in told.await {
            let older = said.oldest.into_iter().map(|mut connection| {
                connection.process = connection.process.or(process);
                connection
            });
            connections.oldest.splice(0..0, older);
            connections.count = connections.count.saturating_add(said.count);
        }
        connections.oldest.truncate(MAX_CONNECTIONS_TOLD);
    }

    /// What those say that give such an answer, in their order. They are asked side by side: several that hang take no
    /// longer than one.
    async fn ask_all<T>(
        &self,
        request: Request,
        read: impl Fn(&Drains, Answer) -> Option<T>,
    ) -> Vec<T> {
        let mut all = self.0.lock().await;
        let mut asked = JoinSet::new();
        for (index, mut drains) in all.drain(..).enumerate() {
            asked.spawn(async move {
                let answer = drains.ask(request).await?;
                Some((index, drains, answer))
            });
        }
        let mut answers = Vec::new();
        while let Some(answer) = asked.join_next().await {
            answers.extend(answer.ok().flatten());
        }
        answers.sort_unstable_by_key(|(index, ..)| *index);
        let mut told = Vec::new();
        for (_, drains, answer) in answers {
            if let Some(said) = read(&drains, answer) {
                told.push(said);
                all.push(drains);
            }
        }
        told
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

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader as StdBufReader, Read as _, Write as _};
    use std::thread;

    use super::*;
    use crate::status::Stage;

    fn status() -> Status {
        Status {
            stage: Stage::Draining,
            running_seconds: 0,
            connections_limit: 1,
            rooms: None,
            draining: Vec::new(),
            endpoints: Vec::new(),
        }
    }

    /// A process that is asked through the one end; the other end is its own.
    fn process(number: u32) -> (AskedThrough, StdUnixStream) {
        let (ours, its) = StdUnixStream::pair().expect("two sockets");
        let draining = Draining {
            process: Some(number),
            seconds: 0,
        };
        let connection = ours.into();
        let asked = AskedThrough {
            draining,
            connection,
        };
        (asked, its)
    }

    /// Answers until nobody asks any more.
    fn answer(its: StdUnixStream) {
        thread::spawn(move || {
            let mut asked = StdBufReader::new(its);
            let mut line = String::new();
            while asked.read_line(&mut line).is_ok_and(|count| count > 0) {
                assert_eq!(std::mem::take(&mut line), Request::Status.line());
                let said = Answer::Status(status()).line();
                asked.get_mut().write_all(&said).expect("it is awaited");
            }
        });
    }

    #[tokio::test]
    async fn many_who_hang_take_no_longer_than_one_and_are_not_asked_again() {
        let (mut all, mut hang) = (Vec::new(), Vec::new());
        for number in 0..17 {
            let (asked, its) = process(number);
            all.push(asked);
            if number == 3 || number == 10 {
                answer(its);
            } else {
                hang.push(its);
            }
        }
        let before = Before::of(all).expect("a runtime");
        // One more than are told of: it is let go of.
        let mut one_more = hang.pop().expect("there are some");
        assert_eq!(one_more.read(&mut [0]).expect("it is closed"), 0);
        let told = async || {
            let (mut told, begun) = (status(), Instant::now());
            before.tell_status(&mut told).await;
            let told: Vec<_> = told.draining.iter().map(|one| one.process).collect();
            (told, begun.elapsed())
        };
        let (first, took) = told().await;
        assert_eq!(first, [Some(3), Some(10)]);
        assert!((PATIENCE..PATIENCE * 2).contains(&took), "{took:?}");
        let (again, took) = told().await;
        assert_eq!(again, first);
        assert!(took < PATIENCE, "{took:?}");
        let given: Vec<_> = before.duplicates().await;
        assert_eq!(given.len(), 2);
    }
}
