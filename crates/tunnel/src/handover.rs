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
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::bind::ListenAddress;
use crate::socket_file::SocketFile;

/// Most sockets that are passed on.
///
/// Source: ours; the limit of open files is lower on most machines.
pub const MAX_SOCKETS: usize = 4096;

/// Whether the files of UNIX sockets are this process's to remove.
#[derive(Clone, Debug, Default)]
pub struct Custody(Arc<CustodyState>);

#[derive(Debug, Default)]
struct CustodyState {
    /// The process before this one serves no more.
    claimed: AtomicBool,
    /// The process after this one serves.
    given_up: AtomicBool,
    /// Processes that have the sockets and have not said yet whether they serve.
    lent: AtomicUsize,
}

/// Where the file of a UNIX socket comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// This process made it.
    Made,
    /// The process before this one had it.
    Inherited,
}

impl Custody {
    /// The process before this one serves no more: its files are ours now.
    pub fn claim(&self) {
        self.0.claimed.store(true, Ordering::SeqCst);
    }

    /// The process after this one serves: no file is ours any more.
    pub fn give_up(&self) {
        self.0.given_up.store(true, Ordering::SeqCst);
    }

    /// Whether the process after this one serves.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.0.given_up.load(Ordering::SeqCst)
    }

    /// A process has the sockets and may serve soon: no file is removed until it is known.
    #[must_use]
    pub fn lend(&self) -> Loan {
        self.0.lent.fetch_add(1, Ordering::SeqCst);
        Loan(self.clone())
    }

    pub(crate) fn is_ours(&self, origin: Origin) -> bool {
        let state = &self.0;
        let has = match origin {
            Origin::Made => true,
            Origin::Inherited => state.claimed.load(Ordering::SeqCst),
        };
        has && !self.is_given_up() && state.lent.load(Ordering::SeqCst) == 0
    }

    /// The file of a socket that was just bound there.
    pub(crate) fn made(&self, path: &Path) -> Option<SocketFile> {
        SocketFile::at(path, self.clone(), Origin::Made)
    }

    fn inherited(&self, path: &Path) -> Option<SocketFile> {
        SocketFile::at(path, self.clone(), Origin::Inherited)
    }
}

/// Sockets that a process has, which may serve or not. Dropped without [`Loan::end`], it is not known what became of it, and
/// their files stay.
#[derive(Debug)]
pub struct Loan(Custody);

impl Loan {
    /// That process is gone: the files are ours as before.
    pub fn end(self) {
        self.0.0.lent.fetch_sub(1, Ordering::SeqCst);
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
    /// Of the process before this one: the file of a UNIX socket is ours after [`Custody::claim`], unless that process had
    /// it from a service manager.
    ///
    /// # Errors
    ///
    /// [`NotListening`] when it is no listening socket.
    pub fn of_predecessor(
        HandedOver { socket, keeper }: HandedOver,
        custody: &Custody,
    ) -> Result<Self, NotListening> {
        let mut inherited = Self::of_manager(socket)?;
        inherited.file = match (&inherited.address, keeper) {
            (ListenAddress::Unix(path), FileKeeper::Process) => custody.inherited(path),
            (ListenAddress::Unix(_), FileKeeper::Manager) | (ListenAddress::Tcp(_), _) => None,
        };
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

/// Who removes the file of a UNIX socket at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKeeper {
    /// The process that serves there.
    Process,
    /// The service manager that has opened it, and keeps it for the next process.
    Manager,
}

/// A listening socket that goes from one process to the next.
#[derive(Debug)]
pub struct HandedOver {
    /// The socket.
    pub socket: OwnedFd,
    /// Who keeps its file, if it has one.
    pub keeper: FileKeeper,
}

/// The listening sockets of a process that serves, for the process after it.
#[derive(Clone, Debug, Default)]
pub struct Handing(Arc<Mutex<Lent>>);

#[derive(Debug, Default)]
struct Lent {
    sockets: Vec<Offer>,
    /// What is added now and is not for this is not offered.
    stage: Stage,
}

/// What sockets are still offered for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    #[default]
    Everything,
    /// Nobody comes in any more.
    Steering,
    /// The next process has them.
    Nothing,
}

/// A socket that is offered.
#[derive(Debug)]
struct Offer {
    address: ListenAddress,
    handed: HandedOver,
    part: Part,
}

/// What a socket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The connections of a tunnel.
    Tunnel,
    /// Steering and looking on, which goes on until the end of the drain.
    Service,
}

impl Handing {
    /// Adds a socket, whose file is kept by this process if there is `file`.
    pub(crate) fn add(
        &self,
        part: Part,
        address: ListenAddress,
        socket: OwnedFd,
        file: Option<&SocketFile>,
    ) {
        let keeper = match file {
            Some(_) => FileKeeper::Process,
            None => FileKeeper::Manager,
        };
        let handed = HandedOver { socket, keeper };
        self.with(|lent| {
            let offered = match part {
                Part::Tunnel => lent.stage == Stage::Everything,
                Part::Service => lent.stage != Stage::Nothing,
            };
            if offered {
                lent.sockets.push(Offer {
                    address,
                    handed,
                    part,
                });
            }
        });
    }

    /// Gives up the socket at an address, which nobody serves any more.
    pub(crate) fn remove(&self, address: &ListenAddress) {
        self.with(|lent| lent.sockets.retain(|offer| offer.address != *address));
    }

    /// Gives the sockets of tunnels up: after the stop nobody is to wait in their queues. The next process may still have
    /// those that it steers by.
    pub(crate) fn close(&self) {
        self.with(|lent| {
            lent.stage = lent.stage.max(Stage::Steering);
            lent.sockets.retain(|offer| offer.part == Part::Service);
        });
    }

    /// Gives all of them up: the next process has them and serves. One that kept them would have callers wait in their
    /// queues whom nobody hears, once the next process is gone.
    pub fn give_up(&self) {
        self.with(|lent| {
            lent.stage = Stage::Nothing;
            lent.sockets.clear();
        });
    }

    /// Every socket once more; after the stop only those for steering and looking on.
    ///
    /// # Errors
    ///
    /// When the system has no more descriptors.
    pub fn duplicates(&self) -> io::Result<Vec<HandedOver>> {
        self.with(|lent| {
            let offers = lent.sockets.iter();
            offers
                .map(|Offer { handed, .. }| {
                    let socket = handed.socket.try_clone()?;
                    let keeper = handed.keeper;
                    Ok(HandedOver { socket, keeper })
                })
                .collect()
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut Lent) -> T) -> T {
        // The list is whole after every change, so that a panic elsewhere cannot have broken it.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(handing: &Handing) -> usize {
        handing.duplicates().unwrap().len()
    }

    #[test]
    fn after_the_stop_only_what_steers_is_offered() {
        let handing = Handing::default();
        let socket = || OwnedFd::from(TcpListener::bind("127.0.0.1:0").unwrap());
        let address = ListenAddress::Tcp(([127, 0, 0, 1], 1).into());
        handing.add(Part::Tunnel, address.clone(), socket(), None);
        handing.add(Part::Service, address.clone(), socket(), None);
        assert_eq!(offered(&handing), 2);
        handing.close();
        assert_eq!(offered(&handing), 1);
        handing.add(Part::Tunnel, address.clone(), socket(), None);
        assert_eq!(offered(&handing), 1);
        handing.give_up();
        handing.close();
        handing.add(Part::Service, address, socket(), None);
        assert_eq!(offered(&handing), 0);
    }

    #[test]
    fn a_file_stays_as_long_as_somebody_may_serve_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let custody = Custody::default();
        let file = || {
            let _socket = UnixListener::bind(&path).unwrap();
            custody.made(&path)
        };
        let loan = custody.lend();
        drop(file());
        assert!(path.exists());
        std::fs::remove_file(&path).unwrap();
        loan.end();
        drop(file());
        assert!(!path.exists());
        // It was not said what became of that process.
        drop(custody.lend());
        drop(file());
        assert!(path.exists());
    }
}
