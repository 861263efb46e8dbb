//! What a service manager is told of a process: ready, stopping, still alive.
//!
//! Each notice is one datagram. Invariant: a manager that does not listen holds nobody up.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

/// The manager of a service.
#[derive(Debug)]
pub struct Manager(UnixDatagram);

/// What it can be told.
///
/// Source: `sd_notify(3)` of systemd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notice {
    /// It serves so many addresses.
    Ready {
        /// How many.
        listening: usize,
    },
    /// From now on this process of the service is the one that counts: the end of the one before is not its end.
    Main {
        /// Its number.
        process: u32,
    },
    /// Settings and files are read again, since so many microseconds of the monotonic clock. [`Notice::Serving`] ends it.
    Reading {
        /// The time (`CLOCK_MONOTONIC`).
        monotonic_microseconds: u64,
    },
    /// They were read again.
    Serving,
    /// It takes no new connections; open ones may end.
    Stopping,
    /// It still makes progress.
    Alive,
}

impl Manager {
    /// The manager that listens at this address: a path, or an abstract one that begins with `@`.
    ///
    /// # Errors
    ///
    /// When nobody is there.
    pub fn at(address: &str) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        match address.strip_prefix('@') {
            None => socket.connect(Path::new(address))?,
            Some(name) => connect_abstract(&socket, name)?,
        }
        socket.set_nonblocking(true)?;
        Ok(Self(socket))
    }

    /// Tells it something.
    ///
    /// # Errors
    ///
    /// When it does not listen.
    pub fn tell(&self, notice: Notice) -> io::Result<()> {
        self.0.send(notice.text().as_bytes()).map(drop)
    }
}

#[cfg(target_os = "linux")]
fn connect_abstract(socket: &UnixDatagram, name: &str) -> io::Result<()> {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::SocketAddr;
    socket.connect_addr(&SocketAddr::from_abstract_name(name)?)
}

#[cfg(not(target_os = "linux"))]
fn connect_abstract(_socket: &UnixDatagram, _name: &str) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

impl Notice {
    fn text(self) -> String {
        match self {
            Self::Ready { listening } => {
                format!("READY=1\nSTATUS=serving; addresses: {listening}\n")
            }
            Self::Main { process } => format!("MAINPID={process}\n"),
            Self::Reading {
                monotonic_microseconds,
            } => format!("RELOADING=1\nMONOTONIC_USEC={monotonic_microseconds}\n"),
            Self::Serving => "READY=1\n".to_owned(),
            Self::Stopping => "STOPPING=1\nSTATUS=open connections may end\n".to_owned(),
            Self::Alive => "WATCHDOG=1\n".to_owned(),
        }
    }
}
