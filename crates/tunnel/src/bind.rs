//! Taking the addresses of tunnels, before anything runs.
//!
//! Invariant: a [`Bound`] holds every listening socket of its tunnels, or there is none.

use std::fmt;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::{TcpListener, UnixListener, UnixStream};
use trustpack_settings::endpoint::State;
use trustpack_settings::place::Place;
use trustpack_settings::value::{AbsolutePath, PlainAddress};

use crate::dial;
use crate::limits::Limits;
use crate::socket::Listener;
use crate::spec::{Address, TunnelSpec};

/// Tunnels that have their addresses and do not serve yet.
#[derive(Debug)]
pub struct Bound {
    pub(crate) doors: Vec<Door>,
    pub(crate) limits: Limits,
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

/// Takes the addresses of all tunnels, or of none. Port 0 takes a free one.
///
/// # Errors
///
/// [`BindError`] for the first address that cannot be had.
pub async fn bind(specs: Vec<TunnelSpec>, limits: Limits) -> Result<Bound, BindError> {
    let mut doors = Vec::new();
    for spec in specs {
        let spec = Arc::new(spec);
        match &spec.listen {
            Address::Plain(PlainAddress::Unix(path)) => doors.push(unix(&spec, path).await?),
            Address::Plain(PlainAddress::Tcp(address)) => doors.push(tcp(&spec, *address).await?),
            Address::Network(network) => {
                let addresses = dial::addresses(network).await.map_err(|error| {
                    let (place, name) = (spec.place.clone(), network.to_string());
                    BindError::Lookup { place, name, error }
                })?;
                for address in addresses {
                    doors.push(tcp(&spec, address).await?);
                }
            }
        }
    }
    Ok(Bound { doors, limits })
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

async fn tcp(spec: &Arc<TunnelSpec>, address: SocketAddr) -> Result<Door, BindError> {
    let error = |error| BindError::of(error, spec, ListenAddress::Tcp(address));
    let listener = TcpListener::bind(address).await.map_err(error)?;
    let address = ListenAddress::Tcp(listener.local_addr().map_err(error)?);
    Ok(Door {
        spec: Arc::clone(spec),
        listener: Listener::Tcp(listener),
        address,
        _file: None,
    })
}

async fn unix(spec: &Arc<TunnelSpec>, path: &AbsolutePath) -> Result<Door, BindError> {
    let path = path.as_path();
    let address = ListenAddress::Unix(path.to_owned());
    let error = |error| BindError::of(error, spec, address.clone());
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

/// What stands in the way of a UNIX socket.
enum Blocked {
    ByFile,
    ByListener,
    By(io::Error),
}

/// Removes the socket of a process that is gone; anything else stays.
async fn clear_the_way(path: &Path) -> Result<(), Blocked> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(Blocked::By)?,
    };
    if !metadata.file_type().is_socket() {
        return Err(Blocked::ByFile);
    }
    match UnixStream::connect(path).await {
        Ok(_somebody) => Err(Blocked::ByListener),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(Blocked::By)
        }
        Err(error) => Err(Blocked::By(error)),
    }
}

/// The file of a UNIX socket; removed on drop, if it is still the same.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    inode: u64,
}

impl SocketFile {
    fn at(path: &Path) -> Option<Self> {
        let inode = fs::symlink_metadata(path).ok()?.ino();
        Some(Self {
            path: path.to_owned(),
            inode,
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // A process that took over may have put its own socket there.
        if fs::symlink_metadata(&self.path).is_ok_and(|metadata| metadata.ino() == self.inode) {
            drop(fs::remove_file(&self.path));
        }
    }
}

impl BindError {
    fn of(error: io::Error, spec: &TunnelSpec, address: ListenAddress) -> Self {
        let place = spec.place.clone();
        let kind = error.kind();
        if kind == io::ErrorKind::AddrInUse {
            Self::InUse { place, address }
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

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
