//! Looks after connections on which somebody is waited for.
//!
//! A connection that is merely quiet costs nothing here. One whose receiver takes nothing, that is half closed, whose sender
//! may have something left to say after it broke, or whose client has no ticket yet, has a timer.
//!
//! Invariant: whoever is waited for is waited for until a limit, or is seen to be there.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Sleep, sleep};
use trustpack_tls::port::PlainStream;
use trustpack_tls::stream::SecureStream;

use super::{Break, Direction, Ended, Flow, Flows, State};
use crate::limits::{HALF_CLOSED, LAST_WORDS, LOOK, TICKET};
use crate::socket::{Presence, Socket};

/// An end of a connection, which may go while nobody reads from it.
pub(crate) trait Side: AsyncRead + AsyncWrite + Unpin {
    /// How far whoever is at its other end has gone.
    fn presence(&self) -> Presence;

    /// Whether something waits to be sent with the next data.
    fn holds_back(&self) -> bool {
        false
    }
}

impl Side for Socket {
    fn presence(&self) -> Presence {
        Self::presence(self)
    }
}

impl Side for SecureStream<Socket> {
    fn presence(&self) -> Presence {
        self.transport().presence()
    }

    fn holds_back(&self) -> bool {
        self.owes_ticket()
    }
}

impl Side for PlainStream<Socket> {
    fn presence(&self) -> Presence {
        self.transport().presence()
    }
}

/// What is waited for of one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitsOf {
    /// That it takes what was read for it.
    Taking,
    /// That it is done too: the other one is.
    Ending,
    /// Nothing but data.
    Nothing,
}

/// How long nothing may move.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// On any connection; for ever if `None`.
    pub(super) idle: Option<Duration>,
    /// Where one end has said that it is done.
    pub(super) half_closed: Duration,
    /// Where one end takes nothing any more, and may have said why.
    pub(super) last_words: Duration,
    /// Between two looks whether an end that is not read from is still there.
    pub(super) look: Duration,
    /// Until what waits for data is sent without.
    pub(super) ticket: Duration,
}

impl Patience {
    pub(super) fn usual(idle: Option<Duration>) -> Self {
        Self {
            idle,
            half_closed: idle.unwrap_or(HALF_CLOSED),
            last_words: LAST_WORDS,
            look: LOOK,
            ticket: TICKET,
        }
    }

    /// How long nothing may move as things are; `done` if a sender who is not read from has ended.
    fn limit(&self, flows: &Flows<'_>, done: bool) -> Option<Duration> {
        let both = [&flows.forth, &flows.back];
        let is = |what: fn(&State) -> bool| both.iter().any(|flow| what(&flow.state));
        let broken = is(|state| matches!(state, State::Broken(_))).then_some(self.last_words);
        let half = done || is(|state| matches!(state, State::Ending | State::Ended));
        let half = half.then_some(self.half_closed);
        [self.idle, broken, half].into_iter().flatten().min()
    }

    /// After how long it is to be looked; never if `None`.
    fn pause(&self, flows: &Flows<'_>, held_back: bool) -> Option<Duration> {
        let waits = flows.forth.waits_to_write() || flows.back.waits_to_write();
        let looks = [
            held_back.then_some(self.ticket),
            waits.then_some(self.look),
            self.limit(flows, false),
        ];
        looks.into_iter().flatten().min()
    }
}

/// The watch over one connection.
#[derive(Debug)]
pub(super) struct Watch {
    patience: Patience,
    timer: Option<Timer>,
    /// What had moved at the last look, and for how long nothing has since.
    moved: u64,
    still: Duration,
}

#[derive(Debug)]
struct Timer {
    pause: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl Watch {
    pub(super) fn new(patience: Patience) -> Self {
        Self {
            patience,
            timer: None,
            moved: 0,
            still: Duration::ZERO,
        }
    }

    /// Looks when it is time to; to be called when nothing can move for now.
    pub(super) fn poll<A: Side, B: Side>(
        &mut self,
        cx: &mut Context<'_>,
        flows: &mut Flows<'_>,
        caller: &A,
        called: &B,
    ) -> Poll<Ended> {
        loop {
            // A timer that is not needed any more is left to ring: it may be needed again soon.
            let held_back = flows.held_back(caller, called) != (false, false);
            let wanted = self.patience.pause(flows, held_back);
            let is_late = |timer: &Timer| wanted.is_some_and(|pause| pause < timer.pause);
            if self.timer.as_ref().is_none_or(is_late) {
                let Some(pause) = wanted else {
                    return Poll::Pending;
                };
                (self.moved, self.still) = (flows.moved(), Duration::ZERO);
                self.timer = Some(Timer::new(pause));
            }
            if let Some(timer) = &mut self.timer {
                ready!(timer.sleep.as_mut().poll(cx));
                let pause = timer.pause;
                self.timer = None;
                if let Some(ended) = self.look(pause, flows, caller, called) {
                    return Poll::Ready(ended);
                }
                if flows.send_held_back(caller, called) {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                self.timer = self.patience.pause(flows, false).map(Timer::new);
            }
        }
    }

    fn look<A: Side, B: Side>(
        &mut self,
        pause: Duration,
        flows: &mut Flows<'_>,
        caller: &A,
        called: &B,
    ) -> Option<Ended> {
        let unread = flows.unread_senders(caller, called);
        if let Some((direction, _)) = unread.iter().find(|(_, one)| *one == Presence::Gone) {
            let reset = io::Error::from(io::ErrorKind::ConnectionReset);
            return Some(Ended::Broken(*direction, Break::Reading(reset)));
        }
        let moved = flows.moved();
        if moved != self.moved {
            (self.moved, self.still) = (moved, Duration::ZERO);
            return None;
        }
        self.still = self.still.saturating_add(pause);
        let done = unread.iter().any(|(_, one)| *one == Presence::Done);
        let limit = self.patience.limit(flows, done)?;
        (self.still >= limit).then(|| flows.take_broken().unwrap_or(Ended::Idle(limit)))
    }
}

impl Timer {
    fn new(pause: Duration) -> Self {
        let sleep = Box::pin(sleep(pause));
        Self { pause, sleep }
    }
}

impl Flows<'_> {
    /// What the two wait for, the caller and the one that it called.
    pub(crate) fn wait_for(&self) -> (WaitsOf, WaitsOf) {
        let end = |from: &Flow<'_>, to: &Flow<'_>| {
            if to.waits_to_write() {
                WaitsOf::Taking
            } else if matches!(from.state, State::Open) && !matches!(to.state, State::Open) {
                WaitsOf::Ending
            } else {
                WaitsOf::Nothing
            }
        };
        (end(&self.forth, &self.back), end(&self.back, &self.forth))
    }

    /// Whether somebody is to be sent what waits for data: the caller, the one that it called. Not where nothing more is sent.
    fn held_back(&self, caller: &impl Side, called: &impl Side) -> (bool, bool) {
        let open = |flow: &Flow<'_>| matches!(flow.state, State::Open);
        (
            open(&self.back) && caller.holds_back(),
            open(&self.forth) && called.holds_back(),
        )
    }

    /// Has what was held back sent by the next step in its direction; whether there was any.
    fn send_held_back(&mut self, caller: &impl Side, called: &impl Side) -> bool {
        let (to_caller, to_called) = self.held_back(caller, called);
        self.back.needs_flush |= to_caller;
        self.forth.needs_flush |= to_called;
        to_caller || to_called
    }

    /// A number that grows with each byte that was read or written.
    fn moved(&self) -> u64 {
        let flows = [&self.forth, &self.back];
        flows.into_iter().fold(0, |sum: u64, flow| {
            sum.wrapping_add(flow.bytes).wrapping_add(flow.taken)
        })
    }

    /// Those who are not read from since their direction waits to write. Not one that may have gone in order: it was told
    /// that nothing more comes.
    fn unread_senders(&self, caller: &impl Side, called: &impl Side) -> Vec<(Direction, Presence)> {
        let unread = |flow: &Flow<'_>, opposite: &Flow<'_>| {
            flow.waits_to_write() && matches!(opposite.state, State::Open)
        };
        let mut senders = Vec::new();
        if unread(&self.forth, &self.back) {
            senders.push((Direction::Forth, caller.presence()));
        }
        if unread(&self.back, &self.forth) {
            senders.push((Direction::Back, called.presence()));
        }
        senders
    }
}

impl Flow<'_> {
    /// Whether its receiver takes nothing for now.
    fn waits_to_write(&self) -> bool {
        !self.rest.is_empty() || self.needs_flush
    }
}
