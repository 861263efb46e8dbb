//! Moves bytes between two streams, both ways at once, until both are done.
//!
//! An end of one direction is passed on alone (half-close) and the other goes on. A direction whose
//! receiver is slow is not read from meanwhile. An idle connection holds no buffer: bytes are read
//! into one that the thread's connections share, and only what the receiver does not take at once is
//! kept.
//!
//! Where somebody is waited for, a watch looks from time to time whether they are still there: a direction that waits to
//! write reads nothing, and so learns of no reset.
//!
//! Long because a direction is told from its first byte to its end.
//!
//! Invariant: bytes leave in the order they came, and every byte that was counted was read.

mod watch;

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use self::watch::{Patience, Watch};
pub(crate) use self::watch::{Side, WaitsOf};
use crate::figures::Counter;
use crate::limits::BUFFER_BYTES;

thread_local! {
    /// Where bytes are read to. In use only within one poll.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(scratch());
}

fn scratch() -> Box<[u8]> {
    vec![0; BUFFER_BYTES].into_boxed_slice()
}

/// The two directions of a connection, from the one who called and back.
#[derive(Debug)]
pub(crate) struct Flows<'a> {
    /// From the caller to whom it called.
    pub(crate) forth: Flow<'a>,
    /// From there to the caller.
    pub(crate) back: Flow<'a>,
    /// Where the last bytes came; where they came both ways at once, forth.
    last: Option<Direction>,
}

/// One direction.
#[derive(Debug)]
pub(crate) struct Flow<'a> {
    /// Bytes read.
    pub(crate) bytes: u64,
    /// Bytes that the receiver's end of the transport has taken.
    taken: u64,
    /// Where they are counted with those of other connections.
    counter: &'a Counter,
    /// What was read and not yet written.
    rest: Vec<u8>,
    /// How much of it was written.
    written: usize,
    /// Whether something was written of which the receiver's stream may still hold a part.
    needs_flush: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Bytes may come.
    Open,
    /// The sender has ended; the receiver is to be told.
    Ending,
    /// Both know of the end.
    Ended,
    /// It broke.
    Broken(Break),
}

/// What came of a step in a direction.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// There may be more at once.
    Moved,
    /// It wakes the task when it can go on.
    Waits,
    /// Nothing will move any more.
    Over,
}

/// Steps of a connection, before others have their turn.
///
/// Source: ours; a step moves a record of TLS or [`BUFFER_BYTES`], so that a turn takes a millisecond at most.
const TURNS: usize = 4;

/// How a relay ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Both ends said that they were done.
    InOrder,
    /// Not a byte for so long.
    Idle(Duration),
    /// A direction broke: which, and how. The last words of the other end were still passed on.
    Broken(Direction, Break),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forth,
    Back,
}

/// What broke in a direction.
#[derive(Debug)]
pub(crate) enum Break {
    /// Its sender failed or vanished.
    Reading(io::Error),
    /// Its receiver failed or vanished.
    Writing(io::Error),
}

/// Relays between `caller` and `called` until both are done, one breaks, or nothing moves for `idle`; where one of them is
/// waited for in vain, until [`Patience`] ends.
///
/// `flows` tells what was moved, also if this is dropped before its end; `told` is told of it whenever it waits.
pub(crate) async fn relay<A: Side, B: Side>(
    caller: &mut A,
    called: &mut B,
    flows: &mut Flows<'_>,
    idle: Option<Duration>,
    told: impl Fn(&Flows<'_>),
) -> Ended {
    relay_with(caller, called, flows, Patience::usual(idle), told).await
}

async fn relay_with<A: Side, B: Side>(
    caller: &mut A,
    called: &mut B,
    flows: &mut Flows<'_>,
    patience: Patience,
    told: impl Fn(&Flows<'_>),
) -> Ended {
    let mut watch = Watch::new(patience);
    poll_fn(|cx| match flows.poll(cx, caller, called) {
        Poll::Pending => {
            told(flows);
            watch.poll(cx, flows, caller, called)
        }
        ended => ended,
    })
    .await
}

impl<'a> Flows<'a> {
    /// Nothing moved so far. Every byte is counted at `forth` or `back` too, when it is read.
    pub(crate) fn counted(forth: &'a Counter, back: &'a Counter) -> Self {
        Self {
            forth: Flow::counted(forth),
            back: Flow::counted(back),
            last: None,
        }
    }

    /// In which direction something came last.
    pub(crate) fn last(&self) -> Option<Direction> {
        self.last
    }

    /// Moves a piece in each direction in turns, so that a busy one does not keep the other from moving; after some of
    /// them other connections have their turn.
    fn take_turns<A, B>(
        &mut self,
        cx: &mut Context<'_>,
        caller: &mut A,
        called: &mut B,
    ) -> (Step, Step)
    where
        A: AsyncRead + AsyncWrite + Unpin,
        B: AsyncRead + AsyncWrite + Unpin,
    {
        let (mut forth, mut back) = (Step::Moved, Step::Moved);
        for _ in 0..TURNS {
            // One that waits wakes the task when it can go on.
            if let Step::Moved = forth {
                forth = self.forth.step(cx, caller, called);
            }
            if let Step::Moved = back {
                back = self.back.step(cx, called, caller);
            }
            if !matches!(forth, Step::Moved) && !matches!(back, Step::Moved) {
                return (forth, back);
            }
        }
        cx.waker().wake_by_ref();
        (forth, back)
    }

    fn poll<A, B>(&mut self, cx: &mut Context<'_>, caller: &mut A, called: &mut B) -> Poll<Ended>
    where
        A: AsyncRead + AsyncWrite + Unpin,
        B: AsyncRead + AsyncWrite + Unpin,
    {
        let before = (self.forth.bytes, self.back.bytes);
        let (forth, back) = self.take_turns(cx, caller, called);
        if self.forth.bytes != before.0 {
            self.last = Some(Direction::Forth);
        } else if self.back.bytes != before.1 {
            self.last = Some(Direction::Back);
        }
        for (direction, flow) in [
            (Direction::Forth, &mut self.forth),
            (Direction::Back, &mut self.back),
        ] {
            // Whoever reads nothing any more may have said why: after a failed write the other
            // direction is read to its end. A sender that vanished has nothing more to say.
            let over = matches!(flow.state, State::Broken(Break::Reading(_)));
            if over && let Some(broken) = flow.take_break() {
                return Poll::Ready(Ended::Broken(direction, broken));
            }
        }
        if !matches!((forth, back), (Step::Over, Step::Over)) {
            return Poll::Pending;
        }
        Poll::Ready(self.take_broken().unwrap_or(Ended::InOrder))
    }

    fn take_broken(&mut self) -> Option<Ended> {
        if let Some(broken) = self.forth.take_break() {
            return Some(Ended::Broken(Direction::Forth, broken));
        }
        let broken = self.back.take_break()?;
        Some(Ended::Broken(Direction::Back, broken))
    }
}

impl<'a> Flow<'a> {
    fn counted(counter: &'a Counter) -> Self {
        Self {
            bytes: 0,
            taken: 0,
            counter,
            rest: Vec::new(),
            written: 0,
            needs_flush: false,
            state: State::Open,
        }
    }

    /// Moves one piece, or passes the end on.
    fn step<R, W>(&mut self, cx: &mut Context<'_>, from: &mut R, to: &mut W) -> Step
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        match self.state {
            State::Open => match self.poll_move(cx, from, to) {
                Poll::Ready(()) => Step::Moved,
                Poll::Pending => Step::Waits,
            },
            State::Ending => {
                self.state = match Pin::new(&mut *to).poll_shutdown(cx) {
                    Poll::Ready(Ok(())) => State::Ended,
                    Poll::Ready(Err(error)) => State::Broken(Break::Writing(error)),
                    Poll::Pending => return Step::Waits,
                };
                Step::Over
            }
            State::Ended | State::Broken(_) => Step::Over,
        }
    }

    /// Writes what is left over, then reads and writes once more.
    ///
    /// Nothing is read before the receiver's transport has all that was written: else what a TLS stream holds would be kept
    /// twice, enciphered and as it was read behind it.
    fn poll_move<R, W>(&mut self, cx: &mut Context<'_>, from: &mut R, to: &mut W) -> Poll<()>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        ready!(self.poll_rest(cx, to));
        if !matches!(self.state, State::Open) {
            return Poll::Ready(());
        }
        SCRATCH.with(|shared| match shared.try_borrow_mut() {
            Ok(mut buffer) => self.poll_through(cx, from, to, &mut buffer),
            // Only if one stream's reading runs another relay.
            Err(_) => self.poll_through(cx, from, to, &mut scratch()),
        })
    }

    fn poll_rest<W>(&mut self, cx: &mut Context<'_>, to: &mut W) -> Poll<()>
    where
        W: AsyncWrite + Unpin,
    {
        while let Some(rest) = self
            .rest
            .get(self.written..)
            .filter(|rest| !rest.is_empty())
        {
            match ready!(poll_write(cx, to, rest)) {
                Ok(count) => {
                    self.written = self.written.saturating_add(count);
                    self.has_taken(count);
                }
                Err(error) => {
                    self.state = State::Broken(Break::Writing(error));
                    return Poll::Ready(());
                }
            }
        }
        // Given back, not kept: most connections are idle most of the time.
        self.rest = Vec::new();
        self.written = 0;
        if self.needs_flush {
            match ready!(Pin::new(to).poll_flush(cx)) {
                Ok(()) => self.needs_flush = false,
                Err(error) => self.state = State::Broken(Break::Writing(error)),
            }
        }
        Poll::Ready(())
    }

    fn poll_through<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut R,
        to: &mut W,
        buffer: &mut [u8],
    ) -> Poll<()>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let mut read = ReadBuf::new(buffer);
        if let Err(error) = ready!(Pin::new(from).poll_read(cx, &mut read)) {
            self.state = State::Broken(Break::Reading(error));
            return Poll::Ready(());
        }
        let mut bytes = read.filled();
        if bytes.is_empty() {
            self.state = State::Ending;
            return Poll::Ready(());
        }
        let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(count);
        self.counter.add(count);
        self.needs_flush = true;
        while !bytes.is_empty() {
            match poll_write(cx, to, bytes) {
                Poll::Ready(Ok(count)) => {
                    bytes = bytes.get(count..).unwrap_or_default();
                    self.has_taken(count);
                }
                Poll::Ready(Err(error)) => {
                    self.state = State::Broken(Break::Writing(error));
                    return Poll::Ready(());
                }
                Poll::Pending => {
                    self.rest = bytes.to_vec();
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(())
    }

    fn has_taken(&mut self, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.taken = self.taken.saturating_add(count);
    }

    fn take_break(&mut self) -> Option<Break> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Broken(broken) => Some(broken),
            state @ (State::Open | State::Ending | State::Ended) => {
                self.state = state;
                None
            }
        }
    }
}

/// Writes at least one byte.
fn poll_write<W>(cx: &mut Context<'_>, to: &mut W, bytes: &[u8]) -> Poll<io::Result<usize>>
where
    W: AsyncWrite + Unpin,
{
    Poll::Ready(match ready!(Pin::new(to).poll_write(cx, bytes)) {
        Ok(0) => Err(io::ErrorKind::WriteZero.into()),
        other => other,
    })
}

#[cfg(test)]
mod tests;
