//! A connection over its wire: its states, and what a program asks of it.
//!
//! Each step goes as far as the wire lets it, and says what it waits for. On a socket that blocks it waits itself. The
//! steps of the handshake are in [`shaking`], those of bytes in [`moving`].
//!
//! Not here: arguments of C, facts and reasons. Invariant: after a failure nothing more is read or written but what
//! tells the peer of it, and each call gives the same failure again.

use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use trustpack_tls::connection::Connection;
use trustpack_tls::handshake::Failure;
use trustpack_tls::limits::{HANDSHAKE, LINGER, LINGER_BYTES};
use trustpack_x509::dns::DnsName;

use crate::alarm::Alarm;
use crate::log::Notice;
use crate::numbers::Answer;
use crate::opening::Opening;
use crate::plain::{Plain, PlainEnded};
use crate::shared::{Served, Tls};
use crate::wire::{Deadline, Wire};

mod moving;
mod shaking;

/// A connection of a program.
#[derive(Debug)]
pub(crate) struct Stream {
    state: State,
    /// Those of its context that are in plain text.
    plain: Arc<Plain>,
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
    /// A connection of what a context serves now, whose connections in plain text are `plain`.
    pub(crate) fn new(served: &Served, plain: Arc<Plain>, wire: Wire) -> Result<Self, Failure> {
        let alarm = Arc::<Alarm>::default();
        let state = match served {
            Served::Tls(Tls::Server(context)) => State::Opening(Opening::new(context.clone())),
            Served::Tls(Tls::Client(context)) => State::Tls(Box::new(context.connection()?)),
            Served::Open { .. } => {
                plain.enter(&alarm)?;
                State::Plain(Vec::new())
            }
        };
        Ok(Self {
            state,
            plain,
            wire,
            limit: Some(HANDSHAKE),
            started: Started::No,
            alarm,
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
        if self.failed.is_some() {
            // The last words may not have found room.
            drop(self.send());
        }
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
        // Nobody waits for a socket that has failed: what could be sent there was.
        let may_go = self.failed.is_none() || !self.wire.is_socket();
        (held_back && may_go) || self.wire.waiting() > 0
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
        // There is room now, after a failure for what tells the peer of it. What fails there fails again in the next call
        // that says so.
        drop(self.send());
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
        let done = self.go_on().and_then(|()| {
            let done = body(self);
            // What it came to after the cut is not the peer's doing.
            self.go_on()?;
            done
        });
        done.map_err(|failure| {
            let failure = Arc::new(self.why(failure));
            self.take_leave(&failure);
            self.alarm.disarm();
            self.failed = Some(Arc::clone(&failure));
            failure
        })
    }

    /// Whether it may go on, if it is in plain text.
    fn go_on(&self) -> Result<(), Failure> {
        if self.alarm.has_plain_ended() {
            return Err(PlainEnded.into());
        }
        Ok(())
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
                Ok(_) | Err(_) => {
                    last_words(tls, &mut self.wire, &error).unwrap_or(Failure::Io(error))
                }
            },
            (State::Tls(tls), Failure::CutShort) => match tls.process() {
                Err(Failure::TrustEnded(ended)) => Failure::TrustEnded(ended),
                Ok(_) | Err(_) => Failure::CutShort,
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
            State::Opening(_) | State::Plain(_) => match failure.last_words() {
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
}

/// What the peer said before it went, where that is noticed by sending: under TLS 1.3 it may refuse a certificate while
/// the other end writes already.
fn last_words(tls: &mut Connection, wire: &mut Wire, error: &std::io::Error) -> Option<Failure> {
    let has_gone = matches!(
        error.kind(),
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
    );
    if !has_gone {
        return None;
    }
    wire.set_deadline(Some(Deadline {
        at: Instant::now() + LINGER,
        limit: LINGER,
    }));
    let mut left = LINGER_BYTES;
    while left > 0 {
        match tls.read_tls(wire) {
            Ok(count) if count > 0 => left = left.saturating_sub(count),
            Ok(_) | Err(_) => break,
        }
        if let Err(failure) = tls.process() {
            return Some(failure);
        }
    }
    None
}

impl Drop for Stream {
    fn drop(&mut self) {
        // The socket may be closed from here on.
        self.alarm.disarm();
    }
}
