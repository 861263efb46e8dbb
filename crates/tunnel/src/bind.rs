//! Taking the addresses of tunnels, before anything runs.
//!
//! Invariant: a tunnel has all of its addresses or none: it is in [`Bound`] with every listening socket,
//! or among the failures with the reason.
//!
//! Long because each way in which an address cannot be had has a name, and the text of each stands with it.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket, UnixListener, UnixSocket};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use trustpack_settings::endpoint::State;
use trustpack_settings::place::Place;
use trustpack_settings::value::PlainAddress;

use crate::dial;
use crate::handover::{Custody, DoorSocket, Handing, Inherited, Part};
use crate::lanes::Lanes;
use crate::limits::{Limits, QUEUE};
use crate::roll::Roll;
use crate::rooms::Rooms;
use crate::running::{Doorway, Tunnel, Tunnels};
use crate::socket_file::{Blocked, SocketFile, clear_the_way};
use crate::spec::{Address, TunnelSpec};

/// Tunnels that have their addresses and do not serve yet.
#[derive(Debug)]
pub struct Bound {
    pub(crate) doors: Vec<Door>,
    pub(crate) premises: Premises,
    /// Doors that come later.
    pub(crate) later: mpsc::UnboundedReceiver<Door>,
    /// Given sockets that no tunnel has the address of.
    pub(crate) unused: Vec<Inherited>,
    pub(crate) roll: Arc<Roll>,
    pub(crate) rooms: Arc<Rooms>,
    /// Where connections are carried; none means on the runtime that serves.
    pub(crate) lanes: Option<Lanes>,
}

/// What became of the addresses of several tunnels.
#[derive(Debug)]
pub struct Binding {
    /// The tunnels that have theirs.
    pub bound: Bound,
    /// For each of the others, the first of its addresses that could not be had.
    pub failed: Vec<BindError>,
}

/// None of the tunnels has its addresses.
#[derive(Debug, thiserror::Error)]
#[error("{}", list(.failed))]
pub struct NothingBound {
    /// Why, for each; at least one.
    pub failed: Vec<BindError>,
}

/// What the tunnels of a process share while they run, for who lets them come and go.
#[derive(Clone, Debug)]
pub(crate) struct Premises {
    pub(crate) limits: Limits,
    pub(crate) tunnels: Tunnels,
    pub(crate) handing: Handing,
    pub(crate) custody: Custody,
    /// Closes every door.
    pub(crate) closing: CancellationToken,
    /// Cuts every connection.
    pub(crate) cut: CancellationToken,
    /// Takes doors that are to be kept from now on.
    pub(crate) entrance: mpsc::UnboundedSender<Door>,
}

/// One listening socket and the tunnel behind it.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) tunnel: Arc<Tunnel>,
    pub(crate) socket: DoorSocket,
    /// Removes the file of a UNIX socket when the door goes.
    pub(crate) file: Option<SocketFile>,
    /// Where it is, and how it is closed.
    pub(crate) way: Doorway,
}

/// A listening socket.
#[derive(Debug)]
pub(crate) struct Taken {
    socket: DoorSocket,
    address: ListenAddress,
    file: Option<SocketFile>,
}

/// Where a tunnel listens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListenAddress {
    /// A TCP address, with the port that the system chose if it was 0.
    Tcp(SocketAddr),
    /// A UNIX socket.
    Unix(PathBuf),
}

/// An address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody else has it.
    #[error("{place}: {address} is in use by another process")]
    InUse {
        /// The endpoint.
        place: Place,
        /// The address.
        address: ListenAddress,
    },
    /// Another tunnel that was bound before it has it.
    #[error("{place}: {address} is already taken by {holder}, which runs in this same process")]
    Ours {
        /// The endpoint.
        place: Place,
        /// The address.
        address: ListenAddress,
        /// The endpoint that has it.
        holder: Place,
    },
    /// The account may not.
    #[error("{place}: this process may not listen on {address}")]
    NotPermitted {
        /// The endpoint.
        place: Place,
        /// The address.
        address: ListenAddress,
    },
    /// It belongs to no interface.
    #[error("{place}: {address} is no address of this machine")]
    NotHere {
        /// The endpoint.
        place: Place,
        /// The address.
        address: ListenAddress,
    },
    /// There is a file in the place of the socket.
    #[error("{place}: {address} exists and is no socket; it is left alone")]
    NotASocket {
        /// The endpoint.
        place: Place,
        /// The address.
        address: ListenAddress,
    },
    /// The name of the host leads to no address.
    #[error("{place}: the addresses of {name} cannot be looked up: {error}")]
    Lookup {
        /// The endpoint.
        place: Place,
        /// The name and port.
        name: String,
        /// What the system says.
        error: io::Error,
    },
    /// Something else.
    #[error("{place}: {address} cannot be listened on: {error}")]
    Io {
        /// The endpoint.
        place: Place,
        /// The address.
        address: ListenAddress,
        /// What the system says.
        error: io::Error,
    },
}

/// Sockets that others have bound, for [`bind_with`].
#[derive(Debug, Default)]
pub struct Given {
    /// Each is used by the tunnel that is to have its address.
    pub sockets: Vec<Inherited>,
    /// Whose the files of UNIX sockets are.
    pub custody: Custody,
}

/// Takes the addresses of tunnels, in their order. Port 0 takes a free one.
///
/// An address that cannot be had keeps only its own tunnel down.
///
/// # Errors
///
/// [`NothingBound`] when there are tunnels and none has its addresses.
pub async fn bind(specs: Vec<TunnelSpec>, limits: Limits) -> Result<Binding, NothingBound> {
    bind_with(specs, limits, Given::default()).await
}

/// The same, where some of the addresses were bound by others.
///
/// # Errors
///
/// [`NothingBound`] when there are tunnels and none has its addresses.
pub async fn bind_with(
    specs: Vec<TunnelSpec>,
    limits: Limits,
    given: Given,
) -> Result<Binding, NothingBound> {
    let (entrance, later) = mpsc::unbounded_channel();
    let premises = Premises {
        limits,
        tunnels: Tunnels::default(),
        handing: Handing::default(),
        custody: given.custody.clone(),
        closing: CancellationToken::new(),
        cut: CancellationToken::new(),
        entrance,
    };
    let mut binder = Binder {
        others: Vec::new(),
        given,
    };
    let mut doors = Vec::new();
    let mut failed = Vec::new();
    for spec in specs {
        match binder.take_all(&spec).await {
            Ok(taken) => doors.extend(premises.open(spec, taken)),
            Err(error) => failed.push(error),
        }
    }
    if doors.is_empty() && !failed.is_empty() {
        return Err(NothingBound { failed });
    }
    let bound = Bound {
        doors,
        premises,
        later,
        roll: Arc::default(),
        rooms: Arc::new(Rooms::new(&limits)),
        lanes: None,
        unused: binder.given.sockets,
    };
    Ok(Binding { bound, failed })
}

/// Where a tunnel listens, and what it does with who comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening<'a> {
    /// The endpoint.
    pub place: Place,
    /// Its address.
    pub address: &'a ListenAddress,
    /// Where it leads, as it is configured.
    pub to: String,
    /// How its traffic on the network is secured.
    pub state: State,
}

impl Premises {
    /// A tunnel at the addresses that were taken for it: its doors, which nobody keeps yet.
    pub(crate) fn open(&self, spec: TunnelSpec, taken: Vec<Taken>) -> Vec<Door> {
        let tunnel = Arc::new(Tunnel::new(spec, &self.limits, self.cut.child_token()));
        let doors = self.doors(&tunnel, taken);
        tunnel.set_doors(doors.iter().map(|door| door.way.clone()).collect());
        self.tunnels.add(tunnel);
        doors
    }

    /// Doors of a tunnel, which nobody keeps yet.
    pub(crate) fn doors(&self, tunnel: &Arc<Tunnel>, taken: Vec<Taken>) -> Vec<Door> {
        let doors = taken.into_iter().map(|taken| {
            // Where the system has no more descriptors, the next process has to bind it by itself.
            if let Ok(socket) = taken.socket.duplicate() {
                let (address, file) = (taken.address.clone(), taken.file.as_ref());
                self.handing.add(Part::Tunnel, address, socket, file);
            }
            Door {
                tunnel: Arc::clone(tunnel),
                socket: taken.socket,
                file: taken.file,
                way: Doorway {
                    address: taken.address,
                    closing: self.closing.child_token(),
                    closed: CancellationToken::new(),
                },
            }
        });
        doors.collect()
    }
}

impl Door {
    /// Closes it before anybody kept it.
    pub(crate) fn refuse(self) {
        let closed = self.way.closed.clone();
        drop(self.file);
        drop(self.socket);
        closed.cancel();
    }
}

impl Bound {
    /// Cuts every connection, also in the drain.
    #[must_use]
    pub fn cut(&self) -> CancellationToken {
        self.premises.cut.clone()
    }

    /// Its listening sockets, for a process that is to take over.
    #[must_use]
    pub fn handing(&self) -> Handing {
        self.premises.handing.clone()
    }

    /// Whose the files of its UNIX sockets are.
    #[must_use]
    pub fn custody(&self) -> Custody {
        self.premises.custody.clone()
    }

    /// The sockets that were given and that no tunnel has the address of. They are closed when the tunnels run.
    pub fn unused(&self) -> impl Iterator<Item = &ListenAddress> {
        self.unused.iter().map(Inherited::address)
    }

    /// Where each tunnel listens; one with several addresses is there several times.
    pub fn listening(&self) -> impl Iterator<Item = Listening<'_>> {
        self.doors.iter().map(|door| {
            let spec = door.tunnel.spec();
            Listening {
                place: spec.place.clone(),
                address: &door.way.address,
                to: spec.to.to_string(),
                state: spec.state(),
            }
        })
    }
}

/// Takes addresses, or has them already.
#[derive(Debug, Default)]
pub(crate) struct Binder {
    /// What this process listens on already, and who has it.
    pub(crate) others: Vec<(ListenAddress, Place)>,
    pub(crate) given: Given,
}

impl Binder {
    /// Every address of a tunnel.
    pub(crate) async fn take_all(&mut self, spec: &TunnelSpec) -> Result<Vec<Taken>, BindError> {
        let mut taken = Vec::new();
        for address in wanted(spec).await? {
            taken.push(self.take(spec, &address).await?);
        }
        let place = || spec.place.clone();
        self.others
            .extend(taken.iter().map(|one| (one.address.clone(), place())));
        Ok(taken)
    }

    /// One address.
    pub(crate) async fn take(
        &mut self,
        spec: &TunnelSpec,
        address: &ListenAddress,
    ) -> Result<Taken, BindError> {
        let sockets = &mut self.given.sockets;
        if let Some(found) = sockets.iter().position(|given| given.address == *address) {
            let given = sockets.swap_remove(found);
            return Ok(Taken {
                socket: given.socket,
                address: given.address,
                file: given.file,
            });
        }
        match address {
            ListenAddress::Tcp(address) => self.tcp(spec, *address).await,
            ListenAddress::Unix(path) => self.unix(spec, path).await,
        }
    }

    async fn tcp(&self, spec: &TunnelSpec, address: SocketAddr) -> Result<Taken, BindError> {
        let listen = ListenAddress::Tcp(address);
        let error = |error| BindError::of(error, spec, listen.clone(), &self.others);
        let listener = tcp_listener(address).map_err(error)?;
        let address = ListenAddress::Tcp(listener.local_addr().map_err(error)?);
        Ok(Taken {
            socket: DoorSocket::Tcp(listener.into_std().map_err(error)?),
            address,
            file: None,
        })
    }

    async fn unix(&self, spec: &TunnelSpec, path: &Path) -> Result<Taken, BindError> {
        let address = ListenAddress::Unix(path.to_owned());
        let others = &self.others;
        let error = |error| BindError::of(error, spec, address.clone(), others);
        if others.iter().any(|(other, _)| other.excludes(&address)) {
            // Not asked by connecting: that would be a connection of the other tunnel.
            return Err(error(io::ErrorKind::AddrInUse.into()));
        }
        clear_the_way(path).await.map_err(|blocked| match blocked {
            Blocked::ByFile => BindError::NotASocket {
                place: spec.place.clone(),
                address: address.clone(),
            },
            Blocked::ByListener => error(io::ErrorKind::AddrInUse.into()),
            Blocked::By(cause) => error(cause),
        })?;
        let listener = unix_listener(path).map_err(error)?;
        Ok(Taken {
            socket: DoorSocket::Unix(listener.into_std().map_err(error)?),
            file: self.given.custody.made(path),
            address,
        })
    }
}

fn tcp_listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // As every listener of the standard library: an address is not kept by connections that have ended.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(QUEUE)
}

fn unix_listener(path: &Path) -> io::Result<UnixListener> {
    let socket = UnixSocket::new_stream()?;
    socket.bind(path)?;
    socket.listen(QUEUE)
}

/// Where a tunnel is to listen.
pub(crate) async fn wanted(spec: &TunnelSpec) -> Result<Vec<ListenAddress>, BindError> {
    let addresses = match &spec.listen {
        Address::Plain(PlainAddress::Unix(path)) => {
            return Ok(vec![ListenAddress::Unix(path.as_path().to_owned())]);
        }
        Address::Plain(PlainAddress::Tcp(address)) => vec![*address],
        Address::Network(network) => dial::addresses(network).await.map_err(|error| {
            let (place, name) = (spec.place.clone(), network.to_string());
            BindError::Lookup { place, name, error }
        })?,
    };
    Ok(addresses.into_iter().map(ListenAddress::Tcp).collect())
}

impl BindError {
    /// The endpoint that is not bound.
    #[must_use]
    pub fn place(&self) -> &Place {
        match self {
            Self::InUse { place, .. }
            | Self::Ours { place, .. }
            | Self::NotPermitted { place, .. }
            | Self::NotHere { place, .. }
            | Self::NotASocket { place, .. }
            | Self::Lookup { place, .. }
            | Self::Io { place, .. } => place,
        }
    }

    fn of(
        error: io::Error,
        spec: &TunnelSpec,
        address: ListenAddress,
        others: &[(ListenAddress, Place)],
    ) -> Self {
        let place = spec.place.clone();
        let kind = error.kind();
        if kind == io::ErrorKind::AddrInUse {
            match others.iter().find(|(other, _)| other.excludes(&address)) {
                Some((_, holder)) => Self::Ours {
                    place,
                    address,
                    holder: holder.clone(),
                },
                None => Self::InUse { place, address },
            }
        } else if [io::ErrorKind::PermissionDenied, io::ErrorKind::Unsupported].contains(&kind) {
            // The second is what the sandbox answers.
            Self::NotPermitted { place, address }
        } else if kind == io::ErrorKind::AddrNotAvailable {
            Self::NotHere { place, address }
        } else {
            Self::Io {
                place,
                address,
                error,
            }
        }
    }
}

fn list(failed: &[BindError]) -> String {
    failed
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

impl ListenAddress {
    /// Whether nobody can have `other` as long as somebody has this: the unspecified address covers
    /// every address of its family, and that of IPv6 those of IPv4 too.
    ///
    /// Source: `ip(7)`, INADDR_ANY, and `ipv6(7)`, IPV6_V6ONLY, of Linux.
    fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tcp(one), Self::Tcp(other)) => {
                let covers = |wide: IpAddr, narrow: IpAddr| {
                    wide.is_unspecified() && (wide.is_ipv6() || narrow.is_ipv4())
                };
                let (port, other_port) = (one.port(), other.port());
                let (one, other) = (one.ip().to_canonical(), other.ip().to_canonical());
                port == other_port && (one == other || covers(one, other) || covers(other, one))
            }
            (Self::Unix(one), Self::Unix(other)) => one == other,
            (Self::Tcp(_), Self::Unix(_)) | (Self::Unix(_), Self::Tcp(_)) => false,
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
