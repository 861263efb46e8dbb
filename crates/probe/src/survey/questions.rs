//! One question to a service: asked again if there is no answer, and told as not known if there never is.
//!
//! A service that limits its callers, or is overloaded, drops connections; one of another make refuses by closing. The two
//! are told apart by whether it answers, just then, what it is known to answer. Invariant: silence is never taken for a
//! refusal, and a service that has stopped to answer is left alone.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use trustpack_tls::handshake::Failure;
use trustpack_tls::hello::{Beginning, FirstBytes};

use super::PlainText;
use super::answer::{Answer, Reading, is_of_ssl2};
use super::asking::Asked;
use crate::callers::Callers;
use crate::contact::{Attempt, attempt};
use crate::dial::{Unreached, dial};
use crate::limits::{Limits, MAX_AGAIN, MAX_CONNECTIONS, PAUSE};

/// How long is waited before a question is asked again, the first time and the second.
///
/// Source: ours; a service that is overloaded is not asked faster for it.
const AGAIN: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];

/// How often it is made sure that a service which closes answers other callers.
const CONTROLS: usize = 2;

/// Questions in a row without an answer, after which no more are asked.
///
/// Source: ours; each has been asked three times by then.
const GIVEN_UP: usize = 3;

/// How long the answer to a hello is waited for; less if the limits of the connection say so.
///
/// Source: ours; a first flight costs a service one signature.
const ANSWER: Duration = Duration::from_secs(3);

/// How long a service is waited for that has got plain text.
///
/// Source: ours; what is no TLS is refused at the first record.
const QUIET: Duration = Duration::from_secs(1);

/// What is said in plain text: empty lines, in which no protocol says anything, as long as the head of a TLS record.
const EMPTY_LINES: &[u8] = b"\r\n\r\n\r\n";

/// Octets that are read at once.
const PIECE_BYTES: usize = 4096;

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard<T> {
    /// It takes what was offered.
    Took(T),
    /// It does not.
    Refused,
    /// It did not say, or was not asked any more.
    NotKnown,
}

/// What came of one connection.
enum Once<T> {
    /// It said this.
    Said(T),
    /// It closed without a word that is an answer.
    Closed,
    /// It said nothing, or could not be reached.
    Nothing,
    /// There may be no more connections.
    Spent,
}

/// Asking one service.
pub(super) struct Questions<'a> {
    pub(super) asked: &'a Asked<'a>,
    /// Connections that may still be made, and made again.
    left: usize,
    again: usize,
    /// Whether it could be reached when it was asked last.
    pub(super) reached: Result<(), Unreached>,
    /// Questions without an answer since the last one that had one.
    unanswered: usize,
    /// It is known to refuse by closing.
    refuses_by_closing: bool,
}

impl<'a> Questions<'a> {
    pub(super) fn new(asked: &'a Asked<'a>) -> Self {
        Self {
            asked,
            left: MAX_CONNECTIONS,
            again: MAX_AGAIN,
            reached: Ok(()),
            unanswered: 0,
            refuses_by_closing: false,
        }
    }

    /// Connections that were made.
    pub(super) fn made(&self) -> usize {
        MAX_CONNECTIONS - self.left + MAX_AGAIN - self.again
    }

    /// Whether no more may be made.
    pub(super) fn is_spent(&self) -> bool {
        self.left == 0 || self.again == 0
    }

    /// The answer to a hello.
    pub(super) async fn hello(&mut self, record: &[u8]) -> Heard<Answer> {
        self.ask(async |stream| answer_to(stream, record).await)
            .await
    }

    /// Whether it answers a hello of SSL 2.0. What it does with such a one else is a refusal, also to close.
    pub(super) async fn ssl2(&mut self, record: &[u8]) -> Heard<()> {
        match self
            .once(Wait::First, &mut async |stream| ssl2(stream, record).await)
            .await
        {
            Once::Said(true) => Heard::Took(()),
            Once::Said(false) | Once::Closed => Heard::Refused,
            Once::Nothing | Once::Spent => Heard::NotKnown,
        }
    }

    /// What it does with plain text. To close is to refuse it.
    pub(super) async fn plain_text(&mut self) -> Heard<PlainText> {
        match self
            .once(Wait::First, &mut async |stream| plain_text(stream).await)
            .await
        {
            Once::Said(PlainText::Refused) | Once::Closed => Heard::Refused,
            Once::Said(said) => Heard::Took(said),
            Once::Nothing | Once::Spent => Heard::NotKnown,
        }
    }

    /// A handshake of these callers' nobody, who offers these protocols above TLS.
    pub(super) async fn handshake(
        &mut self,
        callers: &Callers,
        protocols: &[&str],
    ) -> Heard<Attempt> {
        let limits = self.limits();
        self.ask(async |stream| shaken(callers, stream, &limits, protocols).await)
            .await
    }

    /// Asks until there is an answer, at most three times.
    async fn ask<T>(&mut self, mut question: impl AsyncFnMut(TcpStream) -> Once<T>) -> Heard<T> {
        if self.unanswered >= GIVEN_UP {
            return Heard::NotKnown;
        }
        let mut only_closes = true;
        let again = AGAIN.into_iter().map(Wait::Again);
        for wait in std::iter::once(Wait::First).chain(again) {
            match self.once(wait, &mut question).await {
                Once::Said(said) => {
                    self.unanswered = 0;
                    return Heard::Took(said);
                }
                Once::Closed => {}
                Once::Nothing => only_closes = false,
                Once::Spent => return Heard::NotKnown,
            }
        }
        if only_closes && self.closes_to_refuse(&mut question).await {
            self.unanswered = 0;
            return Heard::Refused;
        }
        self.unanswered += 1;
        Heard::NotKnown
    }

    /// Whether it has closed because of what was asked: it answers others at once, and this one not even then.
    async fn closes_to_refuse<T>(
        &mut self,
        question: &mut impl AsyncFnMut(TcpStream) -> Once<T>,
    ) -> bool {
        let rounds = if self.refuses_by_closing { 1 } else { CONTROLS };
        let Ok(callers) = Callers::nobody(self.asked.name) else {
            return false;
        };
        let limits = self.limits();
        for _ in 0..rounds {
            let mut control = async |stream| shaken(&callers, stream, &limits, &[]).await;
            let is_alive = self.once(Wait::Again(PAUSE), &mut control).await;
            if !matches!(is_alive, Once::Said(_)) {
                return false;
            }
            if !matches!(self.once(Wait::Again(PAUSE), question).await, Once::Closed) {
                return false;
            }
        }
        self.refuses_by_closing = true;
        true
    }

    async fn once<T>(
        &mut self,
        wait: Wait,
        question: &mut impl AsyncFnMut(TcpStream) -> Once<T>,
    ) -> Once<T> {
        let (budget, pause) = match wait {
            Wait::First => (&mut self.left, PAUSE),
            Wait::Again(pause) => (&mut self.again, pause),
        };
        let Some(left) = budget.checked_sub(1) else {
            return Once::Spent;
        };
        *budget = left;
        sleep(pause).await;
        match dial(self.asked.to, self.asked.limits.connect).await {
            Ok((stream, _)) => {
                self.reached = Ok(());
                let limit = self.limits().handshake;
                timeout(limit, question(stream))
                    .await
                    .unwrap_or(Once::Nothing)
            }
            Err(why) => {
                self.reached = Err(why);
                Once::Nothing
            }
        }
    }

    fn limits(&self) -> Limits {
        let limits = self.asked.limits;
        Limits {
            handshake: limits.handshake.min(ANSWER),
            ..limits
        }
    }
}

/// How long is waited before a connection, and whether it is one that is made again.
#[derive(Clone, Copy)]
enum Wait {
    First,
    Again(Duration),
}

/// Sends a hello and reads until the answer is whole.
async fn answer_to(mut stream: TcpStream, record: &[u8]) -> Once<Answer> {
    if stream.write_all(record).await.is_err() {
        return Once::Closed;
    }
    let mut reading = Reading::default();
    let mut piece = [0; PIECE_BYTES];
    loop {
        match stream.read(&mut piece).await {
            Ok(count) if count > 0 => {
                let answer = reading.push(piece.get(..count).unwrap_or_default());
                if answer != Answer::NeedsMore {
                    return Once::Said(answer);
                }
            }
            Ok(_) | Err(_) => return Once::Closed,
        }
    }
}

async fn ssl2(mut stream: TcpStream, record: &[u8]) -> Once<bool> {
    if stream.write_all(record).await.is_err() {
        return Once::Closed;
    }
    let mut begin = [0; 4];
    match stream.read_exact(&mut begin).await {
        Ok(_) => Once::Said(is_of_ssl2(&begin)),
        Err(_) => Once::Closed,
    }
}

async fn plain_text(mut stream: TcpStream) -> Once<PlainText> {
    if stream.write_all(EMPTY_LINES).await.is_err() {
        return Once::Closed;
    }
    let mut begin = [0; 64];
    match timeout(QUIET, stream.read(&mut begin)).await {
        Err(_elapsed) => Once::Said(PlainText::Waits),
        Ok(Ok(0) | Err(_)) => Once::Closed,
        Ok(Ok(count)) => {
            let begin = begin.get(..count).unwrap_or_default();
            Once::Said(match Beginning::of(begin) {
                Beginning::LikeTls => PlainText::Refused,
                Beginning::Nothing
                | Beginning::Unclear
                | Beginning::LikeSsl2
                | Beginning::Plain => PlainText::Answered(FirstBytes::of(begin)),
            })
        }
    }
}

/// A handshake by our engine. To be refused by a word of TLS is an answer as well.
async fn shaken(
    callers: &Callers,
    stream: TcpStream,
    limits: &Limits,
    protocols: &[&str],
) -> Once<Attempt> {
    let attempt = attempt(&callers.nobody, stream, limits, protocols).await;
    match &attempt.failure {
        Some(Failure::PeerClosed { .. } | Failure::Io(_)) => Once::Closed,
        Some(Failure::TimedOut { .. } | Failure::Silent { .. }) => Once::Nothing,
        Some(
            Failure::PeerRefused(_)
            | Failure::NoCertificate { .. }
            | Failure::NotItsKey
            | Failure::NoCommonVersion
            | Failure::OldClient(_)
            | Failure::OldHello
            | Failure::NothingInCommon { .. }
            | Failure::PeerAlert(_)
            | Failure::PlainText { .. }
            | Failure::BrokenHello(_)
            | Failure::TooLarge
            | Failure::Protocol(_)
            | Failure::TrustEnded(_),
        )
        | None => Once::Said(attempt),
    }
}
