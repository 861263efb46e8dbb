//! Listening sockets that go from one process to the next, so that a restart refuses nobody.
//!
//! The new process asks for them at the control socket of the old one, and binds what it lacks. Both have them then, and
//! the old one serves until the new one says that it is ready. A caller waits in the queue of the socket, which neither
//! process owns. A service manager may pass sockets too.
//!
//! Invariant: the file of a UNIX socket is removed by the process that serves it, and by no other.

use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::bind::ListenAddress;
use crate::socket_file::SocketFile;

/// Most sockets that are passed on.
///
/// Source: ours; the limit of open files is lower on most machines.
pub const MAX_SOCKETS: usize = 4096;

/// Whether the files of UNIX sockets are this process's to remove.
#[derive(Clone, Debug)]
pub struct Custody {
    /// Of those that it made.
    made: Arc<AtomicBool>,
    /// Of those that it has from the process before it.
    inherited: Arc<AtomicBool>,
}

impl Custody {
    /// The process before this one serves no more: its files are ours now.
    pub fn claim(&self) {
        self.inherited.store(true, Ordering::SeqCst);
    }

    /// The process after this one serves: no file is ours any more.
    pub fn give_up(&self) {
        self.made.store(false, Ordering::SeqCst);
        self.inherited.store(false, Ordering::SeqCst);
    }

    /// The file of a socket that was just bound there.
    pub(crate) fn made(&self, path: &Path) -> Option<SocketFile> {
        SocketFile::at(path, Arc::clone(&self.made))
    }

    fn inherited(&self, path: &Path) -> Option<SocketFile> {
        SocketFile::at(path, Arc::clone(&self.inherited))
    }
}

impl Default for Custody {
    fn default() -> Self {
        Self {
            made: Arc::new(AtomicBool::new(true)),
            inherited: Arc::default(),
        }
    }
}

/// A listening socket, on no runtime yet.
#[derive(Debug)]
pub(crate) enum DoorSocket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// A listening socket that somebody else has bound.
#[derive(Debug)]
pub struct Inherited {
    pub(crate) socket: DoorSocket,
    pub(crate) address: ListenAddress,
    /// Removes the file of a UNIX socket, once that is ours.
    pub(crate) file: Option<SocketFile>,
}

/// A descriptor that was passed on is not what it must be.
#[derive(Debug, thiserror::Error)]
pub enum NotListening {
    /// It is no socket on which connections come in.
    #[error("it is no listening stream socket")]
    Kind,
    /// It is a UNIX socket without a path, or of a kind of network that is not known here.
    #[error("it has no address of a kind that a tunnel can have: a TCP address or a path")]
    Address,
    /// The system does not let it be used.
    #[error("it cannot be used: {0}")]
    Io(#[from] io::Error),
}

impl Inherited {
    /// Of the process before this one: the file of a UNIX socket is ours after [`Custody::claim`].
    ///
    /// # Errors
    ///
    /// [`NotListening`] when it is no listening socket.
    pub fn of_predecessor(socket: OwnedFd, custody: &Custody) -> Result<Self, NotListening> {
        let mut inherited = Self::of_manager(socket)?;
        if let ListenAddress::Unix(path) = &inherited.address {
            inherited.file = custody.inherited(path);
        }
        Ok(inherited)
    }

    /// Of a service manager, who keeps it and its file.
    ///
    /// # Errors
    ///
    /// [`NotListening`] when it is no listening socket.
    pub fn of_manager(socket: OwnedFd) -> Result<Self, NotListening> {
        if !rustix::net::sockopt::socket_acceptconn(&socket).is_ok_and(|listens| listens) {
            return Err(NotListening::Kind);
        }
        let tcp = TcpListener::from(socket);
        tcp.set_nonblocking(true)?;
        if let Ok(address) = tcp.local_addr() {
            return Ok(Self {
                socket: DoorSocket::Tcp(tcp),
                address: ListenAddress::Tcp(address),
                file: None,
            });
        }
        let unix = UnixListener::from(OwnedFd::from(tcp));
        let address = unix.local_addr().map_err(|_| NotListening::Address)?;
        let path = address.as_pathname().ok_or(NotListening::Address)?;
        Ok(Self {
            address: ListenAddress::Unix(path.to_owned()),
            socket: DoorSocket::Unix(unix),
            file: None,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> &ListenAddress {
        &self.address
    }
}

impl DoorSocket {
    pub(crate) fn duplicate(&self) -> io::Result<OwnedFd> {
        match self {
            Self::Tcp(listener) => listener.as_fd().try_clone_to_owned(),
            Self::Unix(listener) => listener.as_fd().try_clone_to_owned(),
        }
    }
}

/// The listening sockets of a process that serves, for the process after it.
#[derive(Clone, Debug, Default)]
pub struct Handing(Arc<Mutex<Vec<(ListenAddress, OwnedFd)>>>);

impl Handing {
    /// Adds a socket.
    pub(crate) fn add(&self, address: ListenAddress, socket: OwnedFd) {
        self.with(|sockets| sockets.push((address, socket)));
    }

    /// Gives up the socket at an address, which nobody serves any more.
    pub(crate) fn remove(&self, address: &ListenAddress) {
        self.with(|sockets| sockets.retain(|(other, _)| other != address));
    }

    /// Gives the sockets up: at the stop nobody is to wait in their queues.
    pub(crate) fn close(&self) {
        self.with(Vec::clear);
    }

    /// Every socket once more; none after the stop.
    ///
    /// # Errors
    ///
    /// When the system has no more descriptors.
    pub fn duplicates(&self) -> io::Result<Vec<OwnedFd>> {
        self.with(|sockets| {
            sockets
                .iter()
                .map(|(_, socket)| socket.try_clone())
                .collect()
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut Vec<(ListenAddress, OwnedFd)>) -> T) -> T {
        // The list is whole after every change, so that a panic elsewhere cannot have broken it.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
