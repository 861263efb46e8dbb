//! Taking the addresses of tunnels, before anything runs.
//!
//! Invariant: a tunnel has all of its addresses or none: it is in [`Bound`] with every listening socket,
//! or among the failures with the reason.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::{TcpListener, UnixListener};
use trustpack_settings::endpoint::State;
use trustpack_settings::place::Place;
use trustpack_settings::value::{AbsolutePath, PlainAddress};

use crate::dial;
use crate::limits::Limits;
use crate::socket::Listener;
use crate::socket_file::{Blocked, SocketFile, clear_the_way};
use crate::spec::{Address, TunnelSpec};

/// Tunnels that have their addresses and do not serve yet.
#[derive(Debug)]
pub struct Bound {
    pub(crate) doors: Vec<Door>,
    pub(crate) limits: Limits,
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

/// One listening socket and the tunnel behind it.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) spec: Arc<TunnelSpec>,
    pub(crate) listener: Listener,
    address: ListenAddress,
    /// Removes the file of a UNIX socket when the door goes.
    _file: Option<SocketFile>,
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
    #[error("{place}: this account may not listen on {address}")]
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

/// Takes the addresses of tunnels, in their order. Port 0 takes a free one.
///
/// An address that cannot be had keeps only its own tunnel down.
///
/// # Errors
///
/// [`NothingBound`] when there are tunnels and none has its addresses.
pub async fn bind(specs: Vec<TunnelSpec>, limits: Limits) -> Result<Binding, NothingBound> {
    let mut doors = Vec::new();
    let mut failed = Vec::new();
    for spec in specs {
        match doors_of(Arc::new(spec), &doors).await {
            Ok(more) => doors.extend(more),
            Err(error) => failed.push(error),
        }
    }
    if doors.is_empty() && !failed.is_empty() {
        return Err(NothingBound { failed });
    }
    let bound = Bound { doors, limits };
    Ok(Binding { bound, failed })
}

/// Where a tunnel listens, and what it does with who comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening<'a> {
    /// The endpoint.
    pub place: &'a Place,
    /// Its address.
    pub address: &'a ListenAddress,
    /// Where it leads, as it is configured.
    pub to: String,
    /// How its traffic on the network is secured.
    pub state: State,
}

impl Door {
    /// Where it is.
    pub(crate) fn address(&self) -> &ListenAddress {
        &self.address
    }
}

impl Bound {
    /// Where each tunnel listens; one with several addresses is there several times.
    pub fn listening(&self) -> impl Iterator<Item = Listening<'_>> {
        self.doors.iter().map(|door| Listening {
            place: &door.spec.place,
            address: &door.address,
            to: door.spec.to.to_string(),
            state: door.spec.state(),
        })
    }
}

/// Every door of a tunnel. `others` are those that this process has already.
async fn doors_of(spec: Arc<TunnelSpec>, others: &[Door]) -> Result<Vec<Door>, BindError> {
    let addresses = match &spec.listen {
        Address::Plain(PlainAddress::Unix(path)) => {
            return Ok(vec![unix(&spec, path, others).await?]);
        }
        Address::Plain(PlainAddress::Tcp(address)) => vec![*address],
        Address::Network(network) => dial::addresses(network).await.map_err(|error| {
            let (place, name) = (spec.place.clone(), network.to_string());
            BindError::Lookup { place, name, error }
        })?,
    };
    let mut doors = Vec::new();
    for address in addresses {
        doors.push(tcp(&spec, address, others).await?);
    }
    Ok(doors)
}

async fn tcp(
    spec: &Arc<TunnelSpec>,
    address: SocketAddr,
    others: &[Door],
) -> Result<Door, BindError> {
    let error = |error| BindError::of(error, spec, ListenAddress::Tcp(address), others);
    let listener = TcpListener::bind(address).await.map_err(error)?;
    let address = ListenAddress::Tcp(listener.local_addr().map_err(error)?);
    Ok(Door {
        spec: Arc::clone(spec),
        listener: Listener::Tcp(listener),
        address,
        _file: None,
    })
}

async fn unix(
    spec: &Arc<TunnelSpec>,
    path: &AbsolutePath,
    others: &[Door],
) -> Result<Door, BindError> {
    let path = path.as_path();
    let address = ListenAddress::Unix(path.to_owned());
    let error = |error| BindError::of(error, spec, address.clone(), others);
    if others.iter().any(|door| door.address.excludes(&address)) {
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
    let listener = UnixListener::bind(path).map_err(error)?;
    Ok(Door {
        spec: Arc::clone(spec),
        listener: Listener::Unix(listener),
        _file: SocketFile::at(path),
        address,
    })
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

    fn of(error: io::Error, spec: &TunnelSpec, address: ListenAddress, others: &[Door]) -> Self {
        let place = spec.place.clone();
        let kind = error.kind();
        if kind == io::ErrorKind::AddrInUse {
            match others.iter().find(|door| door.address.excludes(&address)) {
                Some(door) => Self::Ours {
                    place,
                    address,
                    holder: door.spec.place.clone(),
                },
                None => Self::InUse { place, address },
            }
        } else if kind == io::ErrorKind::PermissionDenied {
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
