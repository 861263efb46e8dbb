//! A connection over its wire: the handshake, reading, writing, and its end.
//!
//! Each step goes as far as the wire lets it, and says what it waits for. On a socket that blocks it waits itself.
//!
//! Long because the states of a connection and every step from one to another stand together.
//!
//! Not here: arguments of C, facts and reasons. Invariant: after a failure nothing more is read or written but what
//! tells the peer of it, and each call gives the same failure again.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use trustpack_tls::connection::Connection;
use trustpack_tls::handshake::{Begun, Failure};
use trustpack_tls::limits::{HANDSHAKE, LINGER, LINGER_BYTES};
use trustpack_x509::dns::DnsName;

use crate::context::Served;
use crate::log::Notice;
use crate::numbers::Answer;
use crate::opening::{Opening, Spoken};
use crate::wire::{Alarm, Deadline, Wire};

/// A connection of a program.
#[derive(Debug)]
pub(crate) struct Stream {
    state: State,
    wire: Wire,
    /// How long the handshake may take; `None` without a limit.
    limit: Option<Duration>,
    started: Started,
    alarm: Arc<Alarm>,
    failed: Option<Arc<Failure>>,
    ours: Ended,
    server_name: Option<DnsName>,
}

#[derive(Debug)]
enum State {
    /// A client has not said what it speaks.
    Opening(Opening),
    Tls(Box<Connection>),
    /// Plain text, with what was read of it already.
    Plain(Vec<u8>),
}

/// How far the handshake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Started {
    /// Nobody has asked for it.
    No,
    /// It goes on, and its time runs.
    Yes,
    /// It is over: the connection is cut if its peer is no longer trusted.
    Done,
}

/// Whether our direction has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    No,
    Yes,
}

/// Bytes that are read at once at most; more is read by the next call.
///
/// Source: RFC 8446 section 5.1: what a record carries.
pub(crate) const PIECE_BYTES: usize = 16 * 1024;

impl Stream {
    pub(crate) fn new(served: &Served, wire: Wire) -> Result<Self, Failure> {
        let state = match served {
            Served::Server(context) => State::Opening(Opening::new(context.clone())),
            Served::Client(context) => State::Tls(Box::new(context.connection()?)),
        };
        Ok(Self {
            state,
            wire,
            limit: Some(HANDSHAKE),
            started: Started::No,
            alarm: Arc::default(),
            failed: None,
            ours: Ended::No,
            server_name: None,
        })
    }

    /// Goes on with the handshake.
    pub(crate) fn handshake(&mut self) -> Result<Answer, Arc<Failure>> {
        self.guarded(Self::shake)
    }

    /// Reads what the peer says: how much, and what is waited for if it is nothing.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> Result<(usize, Answer), Arc<Failure>> {
        self.guarded(|stream| {
            let shaken = stream.shake()?;
            if shaken != Answer::Ok {
                return Ok((0, shaken));
            }
            stream.read_on(into)
        })
    }

    /// Writes to the peer: how much was taken, and what is waited for if it is nothing.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(usize, Answer), Arc<Failure>> {
        self.guarded(|stream| {
            let shaken = stream.shake()?;
            if shaken != Answer::Ok {
                return Ok((0, shaken));
            }
            stream.write_on(bytes)
        })
    }

    /// Sends what waits to be sent.
    pub(crate) fn flush(&mut self) -> Result<Answer, Arc<Failure>> {
        self.guarded(Self::send)
    }

    /// Says that nothing more will be said.
    pub(crate) fn shut_down(&mut self) -> Result<Answer, Arc<Failure>> {
        self.guarded(|stream| {
            if let (Ended::No, State::Tls(tls)) = (stream.ours, &mut stream.state) {
                tls.send_close_notify();
            }
            stream.ours = Ended::Yes;
            let answer = stream.send()?;
            if answer == Answer::Ok {
                stream.wire.end_writing();
            }
            Ok(answer)
        })
    }

    /// Whether bytes wait to be sent.
    pub(crate) fn wants_write(&self) -> bool {
        let held_back = match &self.state {
            State::Tls(tls) => tls.wants_write(),
            State::Opening(_) | State::Plain(_) => false,
        };
        held_back || self.wire.waiting() > 0
    }

    /// Whether our direction has ended.
    pub(crate) fn is_shut_down(&self) -> bool {
        self.ours == Ended::Yes
    }

    /// Whether the handshake has not ended yet.
    pub(crate) fn is_handshaking(&self) -> bool {
        self.started != Started::Done
    }

    /// Whether the peer speaks plain text; `None` while that is not known.
    pub(crate) fn is_plain(&self) -> Option<bool> {
        match &self.state {
            State::Opening(_) => None,
            State::Tls(_) => Some(false),
            State::Plain(_) => Some(true),
        }
    }

    /// The connection of TLS, once its handshake is done.
    pub(crate) fn established(&self) -> Option<&Connection> {
        match (&self.state, self.started) {
            (State::Tls(tls), Started::Done) => Some(tls),
            (State::Tls(_) | State::Opening(_) | State::Plain(_), _) => None,
        }
    }

    pub(crate) fn failed(&self) -> Option<&Failure> {
        self.failed.as_deref()
    }

    pub(crate) fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }

    /// Gives bytes for the peer, first those of the wire and then those that it had no room for.
    pub(crate) fn take_out(&mut self, into: &mut [u8]) -> Option<usize> {
        let count = self.wire.take_out(into)?;
        if self.failed.is_none() {
            // There is room now; what fails there fails again in the next call that says so.
            drop(self.send());
        }
        Some(count)
    }

    pub(crate) fn alarm(&self) -> &Alarm {
        &self.alarm
    }

    /// Sets who is told when the connection is to be cut, beside those who wait for its socket.
    pub(crate) fn set_notice(&self, notice: Option<Notice>) {
        self.alarm.set_notice(notice);
    }

    /// Whom the client wants to speak to, if it said so (SNI).
    pub(crate) fn server_name(&self) -> Option<&DnsName> {
        self.server_name.as_ref()
    }

    /// Limits the handshake, if it has not begun. Whether it has not.
    pub(crate) fn set_limit(&mut self, limit: Option<Duration>) -> bool {
        self.limit = limit;
        self.started == Started::No
    }

    fn guarded<T>(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Arc<Failure>> {
        if let Some(failure) = &self.failed {
            return Err(Arc::clone(failure));
        }
        body(self).map_err(|failure| {
            let failure = Arc::new(self.why(failure));
            self.take_leave(&failure);
            self.alarm.disarm();
            self.failed = Some(Arc::clone(&failure));
            failure
        })
    }

    /// What is behind a failure: a peer that speaks no TLS, or a connection that is cut, which fails in whatever it does.
    fn why(&mut self, failure: Failure) -> Failure {
        if self.is_handshaking()
            && let Some(no_tls) = self.wire.first().and_then(Failure::of_first_bytes)
        {
            return no_tls;
        }
        match (&mut self.state, failure) {
            (State::Tls(tls), Failure::Io(error)) => match tls.process() {
                Err(Failure::TrustEnded(ended)) => Failure::TrustEnded(ended),
                Ok(_) | Err(_) => Failure::Io(error),
            },
            (State::Tls(_) | State::Opening(_) | State::Plain(_), failure) => failure,
        }
    }

    /// Tells the peer why we go. A socket that is closed with unread bytes resets the connection, and the peer would
    /// lose our alert: so what it has sent is read and thrown away.
    fn take_leave(&mut self, failure: &Failure) {
        // Also on a socket that blocks nobody waits longer than a moment for a peer that is refused.
        self.wire.set_deadline(Some(Deadline {
            at: Instant::now() + LINGER,
            limit: LINGER,
        }));
        let told = match &mut self.state {
            State::Tls(_) => self.send().map(drop),
            State::Opening(_) | State::Plain(_) => match Opening::last_words(failure) {
                Some(words) => self.wire.write_all(&words).map_err(Failure::Io),
                None => Ok(()),
            },
        };
        if told.is_err() || failure.sent().is_none() {
            return;
        }
        self.wire.end_writing();
        let mut left = LINGER_BYTES;
        let mut thrown_away = [0; 1024];
        while left > 0 {
            match self.wire.read(&mut thrown_away) {
                Ok(count) if count > 0 => left = left.saturating_sub(count),
                Ok(_) | Err(_) => break,
            }
        }
    }

    /// The handshake, as far as it goes.
    fn shake(&mut self) -> Result<Answer, Failure> {
        match self.started {
            Started::Done => return Ok(Answer::Ok),
            Started::Yes => {}
            Started::No => {
                self.started = Started::Yes;
                self.wire.set_deadline(self.limit.map(|limit| Deadline {
                    at: Instant::now() + limit,
                    limit,
                }));
            }
        }
        loop {
            let progress = match &mut self.state {
                State::Opening(_) => self.open()?,
                State::Plain(_) => return Ok(self.done()),
                State::Tls(tls) => {
                    tls.process()?;
                    let is_over = !tls.is_handshaking();
                    let sent = self.send()?;
                    if sent != Answer::Ok {
                        return Ok(sent);
                    }
                    if is_over {
                        return Ok(self.done());
                    }
                    self.receive()?
                }
            };
            if progress != Answer::Ok {
                return Ok(progress);
            }
        }
    }

    fn done(&mut self) -> Answer {
        self.started = Started::Done;
        self.wire.set_deadline(None);
        if let State::Tls(tls) = &self.state {
            tls.wake_when_cut(&Waker::from(Arc::clone(&self.alarm)));
        }
        Answer::Ok
    }

    /// Reads the first bytes of a client.
    fn open(&mut self) -> Result<Answer, Failure> {
        let State::Opening(opening) = &mut self.state else {
            return Ok(Answer::Ok);
        };
        let mut piece = [0; PIECE_BYTES];
        let room = opening.room().min(PIECE_BYTES);
        let into = piece.get_mut(..room).unwrap_or_default();
        let count = match self.wire.read(into) {
            Ok(0) => return Err(self.gone()),
            Ok(count) => count,
            Err(error) => return self.waits(error, Answer::WantRead),
        };
        match opening.push(piece.get(..count).unwrap_or_default())? {
            Spoken::NotYet => {}
            Spoken::Plain(first) => self.state = State::Plain(first),
            Spoken::Tls {
                mut tls,
                bytes,
                server_name,
            } => {
                self.server_name = server_name;
                let mut rest = bytes.as_slice();
                while !rest.is_empty() {
                    tls.read_tls(&mut rest).map_err(Failure::Io)?;
                    // A failure must find the connection, which has the alert.
                    if let Err(failure) = tls.process() {
                        self.state = State::Tls(tls);
                        return Err(failure);
                    }
                }
                self.state = State::Tls(tls);
            }
        }
        Ok(Answer::Ok)
    }

    /// Sends what the engine has for the peer.
    fn send(&mut self) -> Result<Answer, Failure> {
        if let State::Tls(tls) = &mut self.state {
            while tls.wants_write() {
                if let Err(error) = tls.write_tls(&mut self.wire) {
                    return self.waits(error, Answer::WantWrite);
                }
            }
        }
        Ok(Answer::Ok)
    }

    /// Reads bytes of the peer for the engine.
    fn receive(&mut self) -> Result<Answer, Failure> {
        let State::Tls(tls) = &mut self.state else {
            return Ok(Answer::Ok);
        };
        match tls.read_tls(&mut self.wire) {
            Ok(0) => {
                // What has come may say more than that the peer has gone.
                tls.process()?;
                Err(self.gone())
            }
            Ok(_) => Ok(Answer::Ok),
            Err(error) => self.waits(error, Answer::WantRead),
        }
    }

    fn read_on(&mut self, into: &mut [u8]) -> Result<(usize, Answer), Failure> {
        let length = into.len().min(PIECE_BYTES);
        let into = into.get_mut(..length).unwrap_or_default();
        loop {
            let said = match &mut self.state {
                State::Opening(_) => return Ok((0, Answer::WantRead)),
                State::Plain(first) if !first.is_empty() => {
                    let count = first.as_slice().read(into).map_err(Failure::Io)?;
                    first.drain(..count);
                    return Ok((count, Answer::Ok));
                }
                State::Plain(_) => match self.wire.read(into) {
                    Ok(0) if length > 0 => return Ok((0, Answer::Closed)),
                    said => said,
                },
                State::Tls(tls) => {
                    tls.process()?;
                    match tls.reader().read(into) {
                        Ok(0) if length > 0 => return Ok((0, Answer::Closed)),
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {
                            // An answer of the engine may wait, to a change of keys say; reading does not wait for it.
                            self.send()?;
                            let received = self.receive()?;
                            if received == Answer::Ok {
                                continue;
                            }
                            return Ok((0, received));
                        }
                        said => said,
                    }
                }
            };
            return match said {
                Ok(count) => Ok((count, Answer::Ok)),
                Err(error) => Ok((0, self.waits(error, Answer::WantRead)?)),
            };
        }
    }

    fn write_on(&mut self, bytes: &[u8]) -> Result<(usize, Answer), Failure> {
        let mut taken = 0;
        loop {
            let rest = bytes.get(taken..).unwrap_or_default();
            let written = match &mut self.state {
                State::Opening(_) => return Ok((0, Answer::WantRead)),
                State::Plain(_) => self.wire.write(rest),
                State::Tls(tls) => {
                    tls.process()?;
                    let sent = self.send()?;
                    if sent != Answer::Ok {
                        return Ok((taken, if taken > 0 { Answer::Ok } else { sent }));
                    }
                    match &mut self.state {
                        State::Tls(tls) => tls.writer().write(rest),
                        State::Opening(_) | State::Plain(_) => Ok(0),
                    }
                }
            };
            match written {
                Ok(count) => taken = taken.saturating_add(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock && taken > 0 => {
                    return Ok((taken, Answer::Ok));
                }
                Err(error) => return Ok((0, self.waits(error, Answer::WantWrite)?)),
            }
            let is_sent = self.send()? == Answer::Ok;
            if taken == bytes.len() || !is_sent {
                return Ok((taken, Answer::Ok));
            }
        }
    }

    /// What an error of the wire means: it waits, or the connection has failed.
    fn waits(&self, error: io::Error, what: Answer) -> Result<Answer, Failure> {
        if error.kind() == ErrorKind::WouldBlock {
            return Ok(what);
        }
        Err(match self.wire.limit() {
            Some(limit) if error.kind() == ErrorKind::TimedOut => Failure::TimedOut {
                limit,
                begun: self.begun(),
            },
            Some(_) | None => Failure::Io(error),
        })
    }

    /// The peer has ended the connection without saying so.
    fn gone(&self) -> Failure {
        if self.is_handshaking() {
            Failure::PeerClosed {
                begun: self.begun(),
            }
        } else {
            Failure::Io(io::Error::new(ErrorKind::UnexpectedEof, CutShort))
        }
    }

    fn begun(&self) -> Begun {
        if self.wire.first().is_some() {
            Begun::Speaking
        } else {
            Begun::Silent
        }
    }
}

/// The peer closed without close_notify: what it said may have been cut short by somebody on the way.
///
/// Source: RFC 8446 section 6.1.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the peer ended the connection without close_notify; what it said may be cut short")]
struct CutShort;

impl Drop for Stream {
    fn drop(&mut self) {
        // The socket may be closed from here on.
        self.alarm.disarm();
    }
}
