//! One question to a service: asked again if there is no answer, and told as not known if there never is.
//!
//! A service that limits its callers, or is overloaded, drops connections; one of another make refuses by closing. The two
//! are told apart by whether it answers, just then, what it is known to answer. Invariant: silence is never taken for a
//! refusal, and a service that has stopped to answer is left alone.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use trustpack_tls::handshake::{Failure, Manner};
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

/// How long a service is waited for that has got plain text, at least.
///
/// Source: ours; what is no TLS is refused at the first record.
const QUIET: Duration = Duration::from_secs(1);

/// How many times as long as its slowest answer to a hello it is waited for.
///
/// Source: ours; a service on a slow way needs as long to end a connection as to answer.
const SLOWNESS: u32 = 3;

/// What is said in plain text: empty lines, in which no protocol says anything, as long as the head of a TLS record.
pub(super) const EMPTY_LINES: &[u8] = b"\r\n\r\n\r\n";

/// What is said to whoever speaks HTTP: it asks for nothing but the head of an answer.
///
/// Source: RFC 9112 section 3, RFC 9110 section 9.3.2; version 1.0 needs no host.
pub(super) const REQUEST: &[u8] = b"HEAD / HTTP/1.0\r\n\r\n";

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

/// One question.
#[derive(Clone, Copy)]
enum Question<'q> {
    /// A hello of our own.
    Hello(&'q [u8]),
    /// One in the form of SSL 2.0.
    Ssl2(&'q [u8]),
    /// These words in plain text, and how long silence has to last to be one.
    PlainText(&'q [u8], Duration),
    /// A handshake by our engine, with these protocols above TLS.
    Handshake(&'q Callers, &'q [&'q str]),
}

/// What a service said.
enum Word {
    Answer(Answer),
    /// It speaks SSL 2.0.
    Ssl2,
    PlainText(PlainText),
    Attempt(Box<Attempt>),
}

/// What came of one connection.
enum Once {
    /// It said this.
    Said(Word),
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
    /// How long its slowest answer to a hello took.
    slowest: Duration,
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
            slowest: Duration::ZERO,
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
        match self.ask(Question::Hello(record)).await {
            Heard::Took(Word::Answer(answer)) => Heard::Took(answer),
            Heard::Took(_) | Heard::Refused => Heard::Refused,
            Heard::NotKnown => Heard::NotKnown,
        }
    }

    /// Whether it answers a hello of SSL 2.0. What it does with such a one else is a refusal, also to close.
    pub(super) async fn ssl2(&mut self, record: &[u8]) -> Heard<()> {
        match self.once(Wait::First, Question::Ssl2(record)).await {
            Once::Said(Word::Ssl2) => Heard::Took(()),
            Once::Said(_) | Once::Closed => Heard::Refused,
            Once::Nothing | Once::Spent => Heard::NotKnown,
        }
    }

    /// What it does with these words in plain text; nothing if it could not be asked.
    pub(super) async fn plain_text(&mut self, words: &[u8]) -> Option<PlainText> {
        let question = self.of_plain_text(words);
        match self.once(Wait::First, question).await {
            Once::Said(Word::PlainText(said)) => Some(said),
            Once::Said(_) | Once::Closed => Some(PlainText::Closed),
            Once::Nothing | Once::Spent => None,
        }
    }

    /// What silence after these words in plain text means: that it waits for more, if it answers others at once, and this one
    /// not even then; else nothing.
    pub(super) async fn silence_after(&mut self, words: &[u8]) -> Option<PlainText> {
        let Ok(callers) = Callers::nobody(self.asked.name.as_ref()) else {
            return None;
        };
        for _ in 0..CONTROLS {
            let control = Question::Handshake(&callers, &[]);
            let is_alive = self.once(Wait::Again(PAUSE), control).await;
            if !matches!(is_alive, Once::Said(_)) {
                return None;
            }
            let question = self.of_plain_text(words);
            match self.once(Wait::Again(PAUSE), question).await {
                Once::Said(Word::PlainText(PlainText::Waits)) => {}
                Once::Said(Word::PlainText(said)) => return Some(said),
                Once::Said(_) | Once::Closed => return Some(PlainText::Closed),
                Once::Nothing | Once::Spent => return None,
            }
        }
        Some(PlainText::Waits)
    }

    /// The question, with the time that this service would need to answer it.
    fn of_plain_text<'q>(&self, words: &'q [u8]) -> Question<'q> {
        let at_once = QUIET.min(self.asked.limits.handshake / 2);
        Question::PlainText(words, at_once.max(self.slowest * SLOWNESS))
    }

    /// A handshake of these callers' nobody, who offers these protocols above TLS.
    pub(super) async fn handshake(
        &mut self,
        callers: &Callers,
        protocols: &[&str],
    ) -> Heard<Box<Attempt>> {
        match self.ask(Question::Handshake(callers, protocols)).await {
            Heard::Took(Word::Attempt(attempt)) => Heard::Took(attempt),
            Heard::Took(_) | Heard::Refused => Heard::Refused,
            Heard::NotKnown => Heard::NotKnown,
        }
    }

    /// Asks until there is an answer, at most three times.
    async fn ask(&mut self, question: Question<'_>) -> Heard<Word> {
        if self.unanswered >= GIVEN_UP {
            return Heard::NotKnown;
        }
        let mut only_closes = true;
        let again = AGAIN.into_iter().map(Wait::Again);
        for wait in std::iter::once(Wait::First).chain(again) {
            match self.once(wait, question).await {
                Once::Said(said) => {
                    self.unanswered = 0;
                    return Heard::Took(said);
                }
                Once::Closed => {}
                Once::Nothing => only_closes = false,
                Once::Spent => return Heard::NotKnown,
            }
        }
        if only_closes && self.closes_to_refuse(question).await {
            self.unanswered = 0;
            return Heard::Refused;
        }
        self.unanswered += 1;
        Heard::NotKnown
    }

    /// Whether it has closed because of what was asked: it answers others at once, and this one not even then.
    async fn closes_to_refuse(&mut self, question: Question<'_>) -> bool {
        let rounds = if self.refuses_by_closing { 1 } else { CONTROLS };
        let Ok(callers) = Callers::nobody(self.asked.name.as_ref()) else {
            return false;
        };
        for _ in 0..rounds {
            let control = Question::Handshake(&callers, &[]);
            let is_alive = self.once(Wait::Again(PAUSE), control).await;
            if !matches!(is_alive, Once::Said(_)) {
                return false;
            }
            let again = self.once(Wait::Again(PAUSE), question).await;
            if !matches!(again, Once::Closed) {
                return false;
            }
        }
        self.refuses_by_closing = true;
        true
    }

    async fn once(&mut self, wait: Wait, question: Question<'_>) -> Once {
        let limits = self.limits();
        let (budget, pause) = match wait {
            Wait::First => (&mut self.left, PAUSE),
            Wait::Again(pause) => (&mut self.again, pause),
        };
        let Some(left) = budget.checked_sub(1) else {
            return Once::Spent;
        };
        *budget = left;
        self.asked.progress.count();
        sleep(pause).await;
        match dial(self.asked.to, limits.connect, self.asked.header).await {
            Ok((stream, _)) => {
                self.reached = Ok(());
                let limit = match question {
                    // It may have to be waited for longer than for an answer.
                    Question::PlainText(..) => self.asked.limits.handshake,
                    Question::Hello(_) | Question::Ssl2(_) | Question::Handshake(..) => {
                        limits.handshake
                    }
                };
                let begun = Instant::now();
                let asking = question.put(stream, &limits);
                let said = timeout(limit, asking).await.unwrap_or(Once::Nothing);
                if let Once::Said(Word::Answer(_)) = said {
                    self.slowest = self.slowest.max(begun.elapsed());
                }
                said
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

impl Question<'_> {
    async fn put(self, stream: TcpStream, limits: &Limits) -> Once {
        match self {
            Self::Hello(record) => answer_to(stream, record).await,
            Self::Ssl2(record) => ssl2(stream, record).await,
            Self::PlainText(words, quiet) => plain_text(stream, words, quiet).await,
            Self::Handshake(callers, protocols) => shaken(callers, stream, limits, protocols).await,
        }
    }
}

/// Sends a hello and reads until the answer is whole.
async fn answer_to(mut stream: TcpStream, record: &[u8]) -> Once {
    if stream.write_all(record).await.is_err() {
        return Once::Closed;
    }
    let mut reading = Reading::default();
    let mut piece = [0; PIECE_BYTES];
    loop {
        match stream.read(&mut piece).await {
            Ok(count) if count > 0 => {
                match reading.push(piece.get(..count).unwrap_or_default()) {
                    Answer::NeedsMore => {}
                    // To talk without end is to say nothing.
                    Answer::TooMuch => return Once::Nothing,
                    answer @ (Answer::Flight(_) | Answer::Alert(_) | Answer::Other) => {
                        return Once::Said(Word::Answer(answer));
                    }
                }
            }
            Ok(_) | Err(_) => return Once::Closed,
        }
    }
}

async fn ssl2(mut stream: TcpStream, record: &[u8]) -> Once {
    if stream.write_all(record).await.is_err() {
        return Once::Closed;
    }
    let mut begin = [0; 4];
    match stream.read_exact(&mut begin).await {
        Ok(_) if is_of_ssl2(&begin) => Once::Said(Word::Ssl2),
        Ok(_) | Err(_) => Once::Closed,
    }
}

async fn plain_text(mut stream: TcpStream, words: &[u8], quiet: Duration) -> Once {
    if stream.write_all(words).await.is_err() {
        return Once::Closed;
    }
    let mut begin = [0; 64];
    match timeout(quiet, stream.read(&mut begin)).await {
        Err(_elapsed) => Once::Said(Word::PlainText(PlainText::Waits)),
        Ok(Ok(0) | Err(_)) => Once::Closed,
        Ok(Ok(count)) => {
            let begin = begin.get(..count).unwrap_or_default();
            match Beginning::of(begin) {
                Beginning::LikeTls => Once::Said(Word::PlainText(PlainText::Refused)),
                Beginning::Nothing
                | Beginning::Unclear
                | Beginning::LikeSsl2
                | Beginning::Plain => {
                    let begin = FirstBytes::of(begin);
                    Once::Said(Word::PlainText(PlainText::Answered(begin)))
                }
            }
        }
    }
}

/// A handshake by our engine. To be refused by a word of TLS is an answer as well.
async fn shaken(callers: &Callers, stream: TcpStream, limits: &Limits, protocols: &[&str]) -> Once {
    let attempt = attempt(&callers.nobody, stream, limits, protocols).await;
    match attempt.failure.as_ref().map(Failure::manner) {
        Some(Manner::End) => Once::Closed,
        Some(Manner::Silence) => Once::Nothing,
        Some(Manner::InTls | Manner::NotTls) | None => Once::Said(Word::Attempt(Box::new(attempt))),
    }
}
