//! The records of a connection: the engine between a transport and whoever reads and writes.
//!
//! Bytes are read into a buffer that the connections of a thread share, deciphered there, and enciphered into it. Only
//! what nobody takes at once is kept: a record that has not come to its end, what the reader has no room for, what the
//! transport does not take. So an idle connection holds no buffer, and a busy one makes few calls.
//!
//! Not here: who the peer is, and how long it is waited for.
//!
//! Invariant: nothing more is enciphered while the transport has not taken what is, but for the ticket of a server, which goes
//! with its first data; and a reader never touches the writing side of the transport but for the alert that ends the
//! connection, as another task may wait for it.

mod engine;
mod rest;

use std::cell::Cell;
use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustls::{CommonState, Error, ProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub(crate) use self::engine::Engine;
use self::engine::{Plain, Received, too_large};
use self::rest::Rest;
use crate::handshake::{NoData, TooLarge};
use crate::limits::{MAX_BYTES_WITHOUT_DATA, MAX_KEPT_BYTES, PIECE_BYTES};
use crate::opening::Opening;

/// A connection over a transport.
pub(crate) struct Records<S> {
    transport: Opening<S>,
    engine: Engine,
    /// What came and the engine has not done with: the beginning of a record, or of a message of the handshake.
    incoming: Vec<u8>,
    /// Deciphered, and not yet read.
    plain: Rest,
    /// Whether the transport has ended.
    ended: bool,
    /// Whether the peer was told that nothing more comes.
    closed: bool,
    /// Bytes that came since data did last, once the handshake was done.
    without_data: usize,
    /// Whether what waits to be sent is a ticket alone, which waits for the data that is sent next.
    owes_ticket: bool,
}

/// Bytes of a record at most, its header included.
///
/// Source: RFC 5246 section 6.2.3: 2^14 + 2048, and a header of 5.
const RECORD_BYTES: usize = (1 << 14) + 2048 + 5;

/// Bytes of the buffer that a thread has: a piece, with what its records add to it, or with what was kept before it.
const SCRATCH_BYTES: usize = PIECE_BYTES + MAX_KEPT_BYTES;

thread_local! {
    /// Where records are read to, behind what was kept, and made. Taken for a poll, and put back.
    static SCRATCH: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

fn with_scratch<T>(work: impl FnOnce(&mut [u8]) -> T) -> T {
    // There is none the first time, and if the transport is such a connection too.
    let taken = SCRATCH.take();
    let mut scratch = taken.unwrap_or_else(|| vec![0; SCRATCH_BYTES].into_boxed_slice());
    let done = work(&mut scratch);
    SCRATCH.set(Some(scratch));
    done
}

impl<S> Records<S> {
    pub(crate) fn new(transport: Opening<S>, engine: Engine) -> Self {
        Self {
            transport,
            engine,
            incoming: Vec::new(),
            plain: Rest::default(),
            ended: false,
            closed: false,
            without_data: 0,
            owes_ticket: false,
        }
    }

    pub(crate) fn transport(&self) -> &Opening<S> {
        &self.transport
    }

    /// Whether a ticket waits for the data that is sent next.
    pub(crate) fn owes_ticket(&self) -> bool {
        self.owes_ticket
    }

    /// Tickets for sessions of TLS 1.3 that came of a server.
    pub(crate) fn tickets_received(&self) -> u32 {
        self.engine.tickets_received()
    }

    pub(crate) fn transport_mut(&mut self) -> &mut Opening<S> {
        &mut self.transport
    }

    /// What the engine knows of the connection.
    pub(crate) fn state(&self) -> &CommonState {
        self.engine.state()
    }

    /// The transport, and what the peer was still to be sent.
    pub(crate) fn unsent(&mut self) -> (&mut Opening<S>, &[u8]) {
        (&mut self.transport, self.engine.outgoing.waiting())
    }

    /// Goes on with what was kept of what came.
    fn go_on(&mut self, reader: Option<&mut ReadBuf<'_>>) {
        let rest = &mut self.plain;
        let done = self
            .engine
            .receive(&mut self.incoming, &mut Plain { reader, rest });
        self.incoming.drain(..done);
        self.give_back();
    }

    fn give_back(&mut self) {
        if self.incoming.is_empty() {
            self.incoming = Vec::new();
        }
    }

    /// Whether more may come of the peer.
    fn coming(&self) -> io::Result<Coming> {
        match &self.engine.received {
            Received::Open if self.ended => Err(cut_off()),
            Received::Open => Ok(Coming::More),
            Received::Closed => Ok(Coming::Nothing),
            Received::Failed(error) => Err(invalid(error.clone())),
            Received::TooLarge => Err(invalid(TooLarge)),
        }
    }

    fn has_failed(&self) -> bool {
        match &self.engine.received {
            Received::Failed(_) | Received::TooLarge => true,
            Received::Open | Received::Closed => false,
        }
    }
}

/// What may come of a peer.
enum Coming {
    More,
    /// It said so.
    Nothing,
}

/// Whoever takes bytes away from between two ends must not look like an end that is done.
fn cut_off() -> io::Error {
    let why = "the peer ended the connection without close_notify";
    io::Error::new(io::ErrorKind::UnexpectedEof, why)
}

fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

impl<S: AsyncRead + AsyncWrite + Unpin> Records<S> {
    /// The handshake, until both ends are done and the transport has what is to be sent.
    ///
    /// After an error the alert for the peer is among what is [unsent](Self::unsent), if the transport did not take it.
    pub(crate) fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            self.go_on(None);
            if self.has_failed() {
                self.send_last_words(cx);
            } else if self.has_only_a_ticket_to_send() {
                self.owes_ticket = !self.engine.outgoing.is_empty();
                return Poll::Ready(Ok(()));
            } else {
                ready!(self.poll_flush(cx))?;
                if !self.state().is_handshaking() {
                    return Poll::Ready(Ok(()));
                }
            }
            match self.coming()? {
                Coming::More => drop(ready!(self.poll_pull(cx, None))?),
                Coming::Nothing => return Poll::Ready(Err(cut_off())),
            }
        }
    }

    /// Whether nothing is left to be sent but a ticket: a server of TLS 1.3 has heard the last message of its client, which
    /// needs nothing more to send data. The ticket goes with the first data then: a call of its own would wake the client, who
    /// waits for an answer.
    ///
    /// Source: RFC 8446 section 4.6.1: "At any time after the server has received the client Finished message, it MAY send a
    /// NewSessionTicket message."
    fn has_only_a_ticket_to_send(&self) -> bool {
        let state = self.state();
        let is_tls13 = state.protocol_version() == Some(ProtocolVersion::TLSv1_3);
        is_tls13 && self.engine.is_server() && !state.is_handshaking()
    }

    /// Reads once from the transport, and has the engine do with it what can be done: how many bytes came.
    fn poll_pull(
        &mut self,
        cx: &mut Context<'_>,
        reader: Option<&mut ReadBuf<'_>>,
    ) -> Poll<io::Result<usize>> {
        let kept = self.incoming.len();
        if kept >= MAX_KEPT_BYTES {
            self.fail(too_large());
            return Poll::Ready(Ok(0));
        }
        // No more than the reader has room for, so that little is kept; and enough to end a record.
        let wanted = reader.as_ref().map_or(MAX_KEPT_BYTES, |reader| {
            reader.remaining().clamp(RECORD_BYTES, PIECE_BYTES)
        });
        with_scratch(|scratch| {
            let room = wanted.saturating_sub(kept).max(RECORD_BYTES);
            let (front, behind) = scratch.split_at_mut(kept);
            let room = room.min(behind.len());
            let mut piece = ReadBuf::new(behind.get_mut(..room).unwrap_or_default());
            ready!(Pin::new(&mut self.transport).poll_read(cx, &mut piece))?;
            let came = piece.filled().len();
            if came == 0 {
                self.ended = true;
                return Poll::Ready(Ok(0));
            }
            front.copy_from_slice(&self.incoming);
            let all = scratch.get_mut(..kept.saturating_add(came));
            self.take_in(all.unwrap_or_default(), reader);
            Poll::Ready(Ok(came))
        })
    }

    /// What came, with what was kept before it: what is not done with is kept.
    fn take_in(&mut self, bytes: &mut [u8], reader: Option<&mut ReadBuf<'_>>) {
        let rest = &mut self.plain;
        let done = self.engine.receive(bytes, &mut Plain { reader, rest });
        self.incoming.clear();
        self.incoming
            .extend_from_slice(bytes.get(done..).unwrap_or_default());
        self.give_back();
    }

    fn fail(&mut self, error: Error) {
        let (reader, rest) = (None, &mut self.plain);
        let given = self.incoming.len();
        self.engine.fail(error, &mut Plain { reader, rest }, given);
        self.incoming = Vec::new();
    }

    /// Tells the peer why the connection ends, if there is room for it: the error is what matters.
    fn send_last_words(&mut self, cx: &mut Context<'_>) {
        let _no_matter = self.poll_send(cx);
    }

    /// Has the transport take what was enciphered.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.owes_ticket = false;
        while !self.engine.outgoing.is_empty() {
            let waiting = self.engine.outgoing.waiting();
            let count = ready!(poll_take(&mut self.transport, cx, waiting))?;
            self.engine.outgoing.leave(count);
        }
        Poll::Ready(Ok(()))
    }

    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = reader.filled().len();
        let waiting = self.plain.waiting();
        let count = waiting.len().min(reader.remaining());
        reader.put_slice(waiting.get(..count).unwrap_or_default());
        self.plain.leave(count);
        if !self.incoming.is_empty() {
            self.go_on(Some(reader));
        }
        loop {
            if reader.filled().len() > before {
                self.without_data = 0;
                return Poll::Ready(Ok(()));
            }
            if reader.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            if self.has_failed() {
                self.send_last_words(cx);
            }
            match self.coming()? {
                Coming::More if self.without_data > MAX_BYTES_WITHOUT_DATA => {
                    return Poll::Ready(Err(invalid(NoData)));
                }
                Coming::More => {
                    let came = ready!(self.poll_pull(cx, Some(reader)))?;
                    self.without_data = self.without_data.saturating_add(came);
                }
                Coming::Nothing => return Poll::Ready(Ok(())),
            }
        }
    }

    /// Takes as many bytes as are enciphered at once. They count as written then, though the transport may not have them.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.owes_ticket {
            ready!(self.poll_send(cx))?;
        }
        if self.closed {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let (piece, _later) = bytes.split_at_checked(PIECE_BYTES).unwrap_or((bytes, &[]));
        if piece.is_empty() {
            return Poll::Ready(Ok(0));
        }
        with_scratch(|scratch| {
            let (reader, rest) = (None, &mut self.plain);
            let made = self.engine.encipher(
                &mut self.incoming,
                &mut Plain { reader, rest },
                piece,
                scratch,
            );
            let made = made.map_err(invalid)?;
            self.give_back();
            // What the engine had to say before goes before, in the same call of the system if the transport has one for both.
            let mut left = scratch.get(..made).unwrap_or_default();
            if !self.engine.outgoing.is_empty() && !left.is_empty() {
                let first = self.engine.outgoing.waiting();
                let both = [IoSlice::new(first), IoSlice::new(left)];
                let taken = Pin::new(&mut self.transport).poll_write_vectored(cx, &both)?;
                if let Poll::Ready(count) = taken {
                    let of_first = count.min(first.len());
                    left = left
                        .get(count.saturating_sub(of_first)..)
                        .unwrap_or_default();
                    self.engine.outgoing.leave(of_first);
                }
            }
            let said = self.poll_send(cx)?;
            while said.is_ready() && !left.is_empty() {
                match poll_take(&mut self.transport, cx, left)? {
                    Poll::Ready(count) => left = left.get(count..).unwrap_or_default(),
                    Poll::Pending => break,
                }
            }
            self.engine.outgoing.put(left);
            Poll::Ready(Ok(piece.len()))
        })
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.transport).poll_flush(cx)
    }

    /// Says that nothing more comes, and ends the writing of the transport.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.closed {
            self.closed = true;
            let (reader, rest) = (None, &mut self.plain);
            self.engine
                .close(&mut self.incoming, &mut Plain { reader, rest });
            self.give_back();
        }
        ready!(self.poll_send(cx))?;
        match ready!(Pin::new(&mut self.transport).poll_shutdown(cx)) {
            // It has ended already.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Poll::Ready(Ok(())),
            other => Poll::Ready(other),
        }
    }
}

/// How many bytes the transport takes, at least one.
fn poll_take<S: AsyncWrite + Unpin>(
    transport: &mut S,
    cx: &mut Context<'_>,
    bytes: &[u8],
) -> Poll<io::Result<usize>> {
    Poll::Ready(match ready!(Pin::new(transport).poll_write(cx, bytes)) {
        Ok(0) => Err(io::ErrorKind::WriteZero.into()),
        other => other,
    })
}

impl<S: fmt::Debug> fmt::Debug for Records<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("transport", &self.transport)
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}
