//! A transport with a peer of another make at its end, which gives and takes bytes in pieces of any size, and lets wait.
//!
//! All in one thread: whoever polls the transport moves the peer. Invariant: the same seed gives the same pieces.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Read as _, Write as _};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use rustls::Connection;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use trustpack_mutations::numbers::Numbers;

/// Our end of it; the test has another hold.
#[derive(Clone, Debug)]
pub(crate) struct Wire(Arc<Mutex<End>>);

/// The other end.
#[derive(Debug)]
pub(crate) struct End {
    peer: Connection,
    numbers: Numbers,
    /// What the peer has to say yet.
    pub(crate) to_say: VecDeque<u8>,
    /// What it heard.
    pub(crate) heard: Vec<u8>,
    /// How it ends, once everything is said.
    pub(crate) ending: Ending,
    has_ended: bool,
    /// Whether it heard that nothing more comes.
    pub(crate) was_closed: bool,
    /// Why it has failed.
    pub(crate) failed: Option<rustls::Error>,
    /// On the way to our end.
    under_way: VecDeque<u8>,
    /// Once everything but this many bytes was said the next one is damaged.
    pub(crate) damage_at: Option<usize>,
    /// Whether it takes nothing any more.
    pub(crate) is_deaf: bool,
    /// Most bytes that are moved at once.
    pub(crate) most: usize,
    /// How often it has changed its keys.
    pub(crate) key_updates: usize,
    /// Whether it takes several pieces of ours in one call.
    pub(crate) is_vectored: bool,
    /// How many calls brought it something.
    pub(crate) calls: usize,
    /// Whether it gives and takes everything at once.
    pub(crate) is_prompt: bool,
}

/// How a peer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It says that nothing more comes, and goes on listening.
    Closes,
    /// It is cut off.
    Vanishes,
}

impl Wire {
    pub(crate) fn to(mut peer: Connection, seed: u64, say: &[u8]) -> Self {
        peer.set_buffer_limit(None);
        Self(Arc::new(Mutex::new(End {
            peer,
            numbers: Numbers::new(seed),
            to_say: say.iter().copied().collect(),
            heard: Vec::new(),
            ending: Ending::Closes,
            has_ended: false,
            was_closed: false,
            failed: None,
            under_way: VecDeque::new(),
            damage_at: None,
            is_deaf: false,
            most: 40_000,
            key_updates: 0,
            is_vectored: false,
            calls: 0,
            is_prompt: false,
        })))
    }

    pub(crate) fn end(&self) -> MutexGuard<'_, End> {
        self.0.lock().unwrap()
    }

    fn poll_take(&self, cx: &Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut end = self.end();
        if end.is_deaf || end.lets_wait() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let count = end.piece(bytes.len());
        end.hears(&bytes[..count]);
        end.calls += 1;
        Poll::Ready(Ok(count))
    }
}

impl End {
    /// Whether it has said what was not heard yet.
    pub(crate) fn is_speaking(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// How many tickets it has.
    pub(crate) fn tickets(&self) -> u32 {
        match &self.peer {
            Connection::Client(client) => client.tls13_tickets_received(),
            Connection::Server(_) => 0,
        }
    }

    /// Whether whoever asks is to ask again, though something could be done.
    fn lets_wait(&mut self) -> bool {
        !self.is_prompt && self.numbers.below(3) == 0
    }

    /// The size of the next piece, small ones as often as large ones.
    fn piece(&mut self, limit: usize) -> usize {
        if self.is_prompt {
            return limit;
        }
        let most = *self.numbers.one_of(&[1, 30, 2_000, self.most]);
        (1 + self.numbers.below(most)).min(limit).min(self.most)
    }

    fn hears(&mut self, mut octets: &[u8]) {
        while !octets.is_empty() && self.failed.is_none() {
            if self.peer.read_tls(&mut octets).unwrap() == 0 {
                break;
            }
            match self.peer.process_new_packets() {
                Ok(state) => self.was_closed |= state.peer_has_closed(),
                Err(error) => self.failed = Some(error),
            }
            // Its end, or that nothing is there.
            drop(self.peer.reader().read_to_end(&mut self.heard));
        }
    }

    /// Says the next thing.
    fn speaks(&mut self) {
        if !self.peer.is_handshaking() && self.failed.is_none() && !self.has_ended {
            let count = self.piece(self.to_say.len());
            let said: Vec<u8> = self.to_say.drain(..count).collect();
            self.peer.writer().write_all(&said).unwrap();
            if self.numbers.below(8) == 0 && self.peer.refresh_traffic_keys().is_ok() {
                self.key_updates += 1;
            }
            if self.to_say.is_empty() {
                self.has_ended = true;
                match self.ending {
                    Ending::Closes => self.peer.send_close_notify(),
                    Ending::Vanishes => {}
                }
            }
        }
        let mut octets = Vec::new();
        while self.peer.wants_write() {
            self.peer.write_tls(&mut octets).unwrap();
        }
        if let Some(left) = self.damage_at
            && self.to_say.len() <= left
            && let Some(last) = octets.last_mut()
        {
            *last ^= 1;
            self.damage_at = None;
        }
        self.under_way.extend(octets);
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut end = self.end();
        if end.under_way.is_empty() {
            end.speaks();
        }
        if end.under_way.is_empty() && end.has_ended {
            return Poll::Ready(Ok(()));
        }
        if end.under_way.is_empty() || end.lets_wait() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let limit = buffer.remaining().min(end.under_way.len());
        let count = end.piece(limit);
        let piece: Vec<u8> = end.under_way.drain(..count).collect();
        buffer.put_slice(&piece);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_take(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_write_vectored() {
            let all: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
            return self.poll_take(cx, &all);
        }
        // As tokio has it for those that do not.
        let mut slices = slices.iter();
        let first = slices.find(|slice| !slice.is_empty());
        self.poll_write(cx, first.map_or(&[][..], |slice| slice))
    }

    fn is_write_vectored(&self) -> bool {
        self.end().is_vectored
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
