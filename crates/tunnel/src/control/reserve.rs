//! A descriptor that is kept for a caller at the control socket who comes when no more files may be open.
//!
//! It is closed right before that caller is accepted, and what they were accepted with is kept in its place afterwards, shut
//! down: so nobody takes it away in between, and the next who asks is answered too.
//!
//! Invariant: it is of no use to anybody but to accept.

use std::io;
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use tokio::net::UnixStream;
use tokio::sync::Notify;

/// What is kept; nothing while it is lent.
#[derive(Clone, Debug)]
pub(super) struct Reserve(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    descriptor: Mutex<Option<OwnedFd>>,
    /// Rings when what was lent is back.
    back: Notify,
}

impl Reserve {
    /// With a descriptor, unless there is none to be had already.
    pub(super) fn new() -> Self {
        Self(Arc::new(Kept {
            descriptor: Mutex::new(one()),
            back: Notify::new(),
        }))
    }

    /// Whether it can help against this error of accepting.
    pub(super) fn helps_against(error: &io::Error) -> bool {
        let errno = Errno::from_io_error(error);
        errno.is_some_and(|errno| [Errno::MFILE, Errno::NFILE].contains(&errno))
    }

    /// What is accepted with the descriptor that was kept; nothing if there is none, or if others were quicker.
    pub(super) fn lend<T>(&self, accept: impl FnOnce() -> Option<T>) -> Option<T> {
        drop(self.kept().take()?);
        accept()
    }

    /// Keeps what a caller was accepted with, who sees the end of the connection.
    pub(super) fn give_back(&self, stream: UnixStream) {
        if let Ok(stream) = stream.into_std() {
            // They may have gone.
            drop(stream.shutdown(Shutdown::Both));
            *self.kept() = Some(stream.into());
            self.0.back.notify_one();
        }
    }

    /// Waits until what was lent is back.
    pub(super) async fn is_back(&self) {
        self.0.back.notified().await;
    }

    /// Takes one again if others were quicker, now that there are some.
    pub(super) fn refill(&self) {
        let mut kept = self.kept();
        if kept.is_none() {
            *kept = one();
        }
    }

    fn kept(&self) -> MutexGuard<'_, Option<OwnedFd>> {
        // It is whole after every change, so that a panic elsewhere cannot have broken it.
        let descriptor = &self.0.descriptor;
        descriptor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A descriptor of a file of its own, and not a second one of another: the system has a limit of its own for what is open.
/// In the sandbox a pair of sockets can be made where a single one cannot.
fn one() -> Option<OwnedFd> {
    let flags = SocketFlags::CLOEXEC;
    let pair = socketpair(AddressFamily::UNIX, SocketType::STREAM, flags, None);
    pair.ok().map(|(one, _other)| one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_lent_in_vain_is_taken_again() {
        let reserve = Reserve::new();
        assert_eq!(reserve.lend(|| None::<u8>), None);
        assert_eq!(reserve.lend(|| Some(1)), None, "there is none left");
        reserve.refill();
        reserve.refill();
        assert_eq!(reserve.lend(|| Some(2)), Some(2));
    }
}
