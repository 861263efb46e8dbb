//! What TLS goes over: a socket of the program, or buffers that the program fills and empties.
//!
//! During a handshake time is limited, on a socket that blocks too. Afterwards a socket behaves as the program has set
//! it up: it blocks, or does not, or for as long as its own time limits say.
//!
//! Not here: TLS. Invariant: a socket is not closed here, and of the bytes of the peer none is lost or read twice.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{RecvFlags, SendFlags, Shutdown};
use trustpack_tls::hello::FirstBytes;

use crate::boundary::Descriptor;

/// Bytes that a buffer holds, each way.
///
/// Source: ours; four records of TLS, and what the engine itself holds back of what is written.
pub(crate) const BUFFER_BYTES: usize = 64 * 1024;

/// What a connection goes over.
#[derive(Debug)]
pub(crate) struct Wire {
    under: Under,
    /// Until when the handshake must be done; `None` without a limit, and when it is done.
    deadline: Option<Deadline>,
    /// What the peer began with, once it has.
    first: Option<FirstBytes>,
}

#[derive(Debug)]
enum Under {
    Socket(Descriptor),
    Buffers(Box<Buffers>),
}

/// Bytes on their way, for programs that move them themselves.
#[derive(Debug, Default)]
struct Buffers {
    incoming: Vec<u8>,
    /// How much of the incoming was read.
    read: usize,
    ended: bool,
    outgoing: Vec<u8>,
}

/// When the time of a handshake is over, and how long it was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    pub(crate) limit: Duration,
}

impl Wire {
    pub(crate) fn of_socket(socket: Descriptor) -> Self {
        Self::over(Under::Socket(socket))
    }

    pub(crate) fn of_buffers() -> Self {
        Self::over(Under::Buffers(Box::default()))
    }

    fn over(under: Under) -> Self {
        Self {
            under,
            deadline: None,
            first: None,
        }
    }

    /// Sets the limit of the handshake, or lifts it.
    pub(crate) fn set_deadline(&mut self, deadline: Option<Deadline>) {
        self.deadline = deadline;
    }

    /// How long the handshake may take, if it goes on and is limited.
    pub(crate) fn limit(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.limit)
    }

    /// What the peer began with, once it has.
    pub(crate) fn first(&self) -> Option<&FirstBytes> {
        self.first.as_ref()
    }

    /// Takes bytes of the peer, as many as there is room for; `None` of a socket, which is read instead.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        let Under::Buffers(buffers) = &mut self.under else {
            return None;
        };
        // What was read goes: else a little that is always left would keep all of it.
        buffers.incoming.drain(..buffers.read);
        buffers.read = 0;
        let waiting = buffers.incoming.len();
        let count = bytes.len().min(BUFFER_BYTES.saturating_sub(waiting));
        let taken = bytes.get(..count).unwrap_or_default();
        buffers.incoming.extend_from_slice(taken);
        Some(count)
    }

    /// Whether it is a socket.
    pub(crate) fn is_socket(&self) -> bool {
        match self.under {
            Under::Socket(_) => true,
            Under::Buffers(_) => false,
        }
    }

    /// Says that no more bytes of the peer will come. Whether that could be said.
    pub(crate) fn end(&mut self) -> bool {
        match &mut self.under {
            Under::Socket(_) => false,
            Under::Buffers(buffers) => {
                buffers.ended = true;
                true
            }
        }
    }

    /// Gives bytes for the peer, as many as there are and fit; `None` of a socket, which is written to instead.
    pub(crate) fn take_out(&mut self, into: &mut [u8]) -> Option<usize> {
        let Under::Buffers(buffers) = &mut self.under else {
            return None;
        };
        let count = into.len().min(buffers.outgoing.len());
        for (to, from) in into.iter_mut().zip(buffers.outgoing.drain(..count)) {
            *to = from;
        }
        if buffers.outgoing.is_empty() {
            // Given back: a connection may be idle for days.
            buffers.outgoing = Vec::new();
        }
        Some(count)
    }

    /// How many bytes wait to be taken.
    pub(crate) fn waiting(&self) -> usize {
        match &self.under {
            Under::Socket(_) => 0,
            Under::Buffers(buffers) => buffers.outgoing.len(),
        }
    }

    /// Ends our direction, if a socket can do that.
    pub(crate) fn end_writing(&self) {
        if let Under::Socket(socket) = &self.under {
            // The peer may have gone; there is nothing to end then.
            drop(
                socket
                    .borrow()
                    .map(|socket| rustix::net::shutdown(socket, Shutdown::Write)),
            );
        }
    }

    /// Whether the time of the handshake is over.
    fn check_time(&self) -> io::Result<()> {
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline.at => Err(ErrorKind::TimedOut.into()),
            Some(_) | None => Ok(()),
        }
    }

    /// Tries something on the socket. During the handshake of a socket that blocks it is tried again when the socket is
    /// ready, for as long as there is time.
    fn on_socket(
        &self,
        socket: BorrowedFd<'_>,
        ready: PollFlags,
        attempt: impl Fn() -> Result<usize, Errno>,
    ) -> io::Result<usize> {
        loop {
            match retry_on_intr(&attempt) {
                Ok(count) => return Ok(count),
                Err(Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
            self.check_time()?;
            let Some(deadline) = self.deadline else {
                return Err(ErrorKind::WouldBlock.into());
            };
            if rustix::fs::fcntl_getfl(socket)?.contains(OFlags::NONBLOCK) {
                return Err(ErrorKind::WouldBlock.into());
            }
            let left = deadline.at.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).map_err(io::Error::other)?;
            let mut polled = [PollFd::from_borrowed_fd(socket, ready)];
            match poll(&mut polled, Some(&left)) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.under {
            Under::Buffers(buffers) => match buffers.read(into) {
                Err(error) => {
                    self.check_time()?;
                    return Err(error);
                }
                Ok(count) => count,
            },
            Under::Socket(socket) => {
                let socket = *socket;
                let socket = socket.borrow()?;
                // With a limit of time no call may block by itself.
                let flags = self
                    .deadline
                    .map_or(RecvFlags::empty(), |_| RecvFlags::DONTWAIT);
                let place = RefCell::new(&mut *into);
                self.on_socket(socket, PollFlags::IN, || {
                    let mut place = place.borrow_mut();
                    rustix::net::recv(socket, &mut **place, flags).map(|(count, _)| count)
                })?
            }
        };
        if self.first.is_none() && count > 0 {
            let said = into.get(..count).unwrap_or_default();
            self.first = Some(FirstBytes::of(said));
        }
        Ok(count)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.under {
            Under::Buffers(buffers) => buffers.write(bytes),
            Under::Socket(socket) => {
                let socket = *socket;
                let socket = socket.borrow()?;
                // Whoever writes to a peer that has gone gets an error, and no signal that ends the program.
                let mut flags = SendFlags::NOSIGNAL;
                if self.deadline.is_some() {
                    flags |= SendFlags::DONTWAIT;
                }
                self.on_socket(socket, PollFlags::OUT, || {
                    rustix::net::send(socket, bytes, flags)
                })
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Buffers {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let waiting = self.incoming.get(self.read..).unwrap_or_default();
        if waiting.is_empty() {
            return if self.ended {
                Ok(0)
            } else {
                Err(ErrorKind::WouldBlock.into())
            };
        }
        let count = waiting.len().min(into.len());
        for (to, from) in into.iter_mut().zip(waiting) {
            *to = *from;
        }
        self.read = self.read.saturating_add(count);
        if self.read == self.incoming.len() {
            // Given back: a connection may be idle for days.
            self.incoming = Vec::new();
            self.read = 0;
        }
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = BUFFER_BYTES.saturating_sub(self.outgoing.len());
        if room == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let bytes = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.outgoing.extend_from_slice(bytes);
        Ok(bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_hold_no_more_than_they_may_and_give_back_what_they_need_no_more() {
        let mut wire = Wire::of_buffers();
        let piece = vec![7; BUFFER_BYTES];
        assert_eq!(wire.feed(&piece), Some(BUFFER_BYTES));
        assert_eq!(wire.feed(&piece), Some(0));
        // Something is always left.
        let mut half = vec![0; BUFFER_BYTES / 2];
        for _ in 0..100 {
            assert_eq!(wire.read(&mut half).ok(), Some(half.len()));
            assert_eq!(wire.feed(&piece), Some(half.len()));
        }
        assert_eq!(wire.write(&piece).ok(), Some(BUFFER_BYTES));
        let full = wire.write(&piece).map_err(|error| error.kind());
        assert_eq!(full, Err(ErrorKind::WouldBlock));
        let mut all = vec![0; BUFFER_BYTES];
        assert_eq!(wire.take_out(&mut all), Some(BUFFER_BYTES));
        let Under::Buffers(buffers) = &wire.under else {
            panic!("these are buffers");
        };
        assert_eq!(buffers.outgoing.capacity(), 0);
        assert!(buffers.incoming.capacity() <= 2 * BUFFER_BYTES);
    }

    #[test]
    fn a_peer_that_has_ended_is_seen_after_what_it_said() {
        let mut wire = Wire::of_buffers();
        wire.feed(b"last");
        assert!(wire.end());
        let mut into = [0; 8];
        assert_eq!(wire.read(&mut into).ok(), Some(4));
        assert_eq!(wire.read(&mut into).ok(), Some(0));
    }
}
