//! Reaching a service.
//!
//! Invariant: every attempt has a limit, and the addresses are tried in the order in which they are given.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use trustpack_settings::value::NetworkAddress;

/// A service could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum Unreached {
    /// Its name has no address.
    #[error("no address of {name} can be found: {error}")]
    NoAddress {
        /// The name.
        name: String,
        /// What the system says, or that it said nothing in time.
        error: io::Error,
    },
    /// Nobody listens there.
    #[error("nobody listens at {address}")]
    NobodyListens {
        /// The address that was tried last.
        address: SocketAddr,
    },
    /// Nothing came back.
    #[error("no answer from {address} within {limit:?}")]
    NoAnswer {
        /// The address that was tried last.
        address: SocketAddr,
        /// How long was waited.
        limit: Duration,
    },
    /// Something else.
    #[error("{address} cannot be reached: {error}")]
    Failed {
        /// The address that was tried last.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
}

impl Unreached {
    /// Whether nothing came back until the time was over, be it from the service or from those who know its address.
    pub(crate) fn was_silence(&self) -> bool {
        match self {
            Self::NoAnswer { .. } => true,
            Self::NoAddress { error, .. } => error.kind() == io::ErrorKind::TimedOut,
            Self::NobodyListens { .. } | Self::Failed { .. } => false,
        }
    }
}

/// A header of the PROXY protocol that names nobody, for a service which demands one before anything else.
///
/// Source: the PROXY protocol of HAProxy, sections 2.1 (`UNKNOWN`) and 2.2 (the command LOCAL): what the sender says for
/// itself, as a check of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyHeader {
    /// Version 1, a line.
    V1,
    /// Version 2, octets.
    V2,
}

impl ProxyHeader {
    fn octets(self) -> &'static [u8] {
        match self {
            Self::V1 => b"PROXY UNKNOWN\r\n",
            Self::V2 => b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0",
        }
    }
}

/// Connects to the first address that answers within `limit`, begins with `header` if there is one, and says which address
/// it was.
///
/// # Errors
///
/// [`Unreached`], with what came of the last address.
pub async fn dial(
    to: &NetworkAddress,
    limit: Duration,
    header: Option<ProxyHeader>,
) -> Result<(TcpStream, SocketAddr), Unreached> {
    let mut failed = no_address(to, io::Error::other("there is none"));
    for address in addresses(to, limit).await? {
        match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(mut stream)) => {
                if let Some(header) = header
                    && let Err(error) = stream.write_all(header.octets()).await
                {
                    failed = Unreached::Failed { address, error };
                    continue;
                }
                // Answers of a few bytes are waited for: none of ours may wait for more.
                drop(stream.set_nodelay(true));
                return Ok((stream, address));
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                failed = Unreached::NobodyListens { address };
            }
            Ok(Err(error)) => failed = Unreached::Failed { address, error },
            Err(_elapsed) => failed = Unreached::NoAnswer { address, limit },
        }
    }
    Err(failed)
}

async fn addresses(to: &NetworkAddress, limit: Duration) -> Result<Vec<SocketAddr>, Unreached> {
    match to {
        NetworkAddress::Given(addresses) => Ok(addresses.clone()),
        NetworkAddress::Lookup { name, port } => {
            let found = timeout(limit, lookup_host((name.as_str(), *port))).await;
            let late = |_elapsed| {
                let why = format!("no name server answered within {limit:?}");
                Err(io::Error::new(io::ErrorKind::TimedOut, why))
            };
            found
                .unwrap_or_else(late)
                .map(Iterator::collect)
                .map_err(|error| no_address(to, error))
        }
    }
}

fn no_address(to: &NetworkAddress, error: io::Error) -> Unreached {
    let name = match to {
        NetworkAddress::Given(_) => "the service".to_owned(),
        NetworkAddress::Lookup { name, .. } => name.to_string(),
    };
    Unreached::NoAddress { name, error }
}
