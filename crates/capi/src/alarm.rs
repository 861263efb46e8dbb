//! How whoever waits for a connection is told that it is to be cut.
//!
//! Not here: who is cut, and why. Invariant: once a connection is freed nobody is told any more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Wake;

use rustix::net::Shutdown;

use crate::boundary::Descriptor;
use crate::log::Notice;

/// Wakes whoever waits for a connection when it is to be cut. A socket is shut down, which ends every call that waits
/// for it; a program that moves bytes itself may have a function of its own called.
#[derive(Debug)]
pub(crate) struct Alarm {
    woken: Mutex<Woken>,
    plain_ended: AtomicBool,
    /// The process of the connection. A child that has a copy of it may not shut down what its parent uses.
    process: u32,
}

/// Who is woken.
#[derive(Debug, Default)]
struct Woken {
    /// Whoever waits for this socket.
    socket: Option<Descriptor>,
    /// The program.
    notice: Option<Notice>,
    /// Whether it came to that already.
    rung: bool,
}

impl Default for Alarm {
    fn default() -> Self {
        Self {
            woken: Mutex::default(),
            plain_ended: AtomicBool::new(false),
            process: std::process::id(),
        }
    }
}

impl Alarm {
    /// Shuts this socket down when it comes to that.
    pub(crate) fn set_socket(&self, socket: Descriptor) {
        self.woken().socket = Some(socket);
    }

    /// Calls this function when it comes to that, or now if it has.
    pub(crate) fn set_notice(&self, notice: Option<Notice>) {
        let mut woken = self.woken();
        woken.notice = notice;
        if woken.rung
            && let Some(notice) = &woken.notice
        {
            notice.call();
        }
    }

    /// Whether this is the process that has made the connection.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    /// Wakes nobody any more. Once this has returned nobody is being woken either.
    pub(crate) fn disarm(&self) {
        *self.woken() = Woken::default();
    }

    /// Ends a connection in plain text.
    pub(crate) fn end_plain(&self) {
        self.plain_ended.store(true, Ordering::Release);
        self.ring();
    }

    /// Whether it was in plain text, and may not be any more.
    pub(crate) fn has_plain_ended(&self) -> bool {
        self.plain_ended.load(Ordering::Acquire)
    }

    fn woken(&self) -> MutexGuard<'_, Woken> {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.ring();
    }
}

impl Alarm {
    fn ring(&self) {
        if !self.is_of_this_process() {
            return;
        }
        // Held meanwhile, so that the connection cannot be freed, and its socket closed and given to somebody else.
        let mut woken = self.woken();
        woken.rung = true;
        if let Some(socket) = &woken.socket {
            // It may have ended by itself.
            drop(
                socket
                    .borrow()
                    .map(|socket| rustix::net::shutdown(socket, Shutdown::Both)),
            );
        }
        if let Some(notice) = &woken.notice {
            notice.call();
        }
    }
}
