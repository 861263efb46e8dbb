//! Connecting to where a tunnel leads.
//!
//! Invariant: every attempt has a limit, and the addresses are tried in the order in which they are
//! given.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio::time::timeout;
use trustpack_settings::value::{NetworkAddress, PlainAddress};
use trustpack_tls::cause::Unreached;

use crate::report::Remote;
use crate::socket::Socket;
use crate::spec::Address;

/// Nobody could be reached.
#[derive(Debug, thiserror::Error)]
#[error("{address} was not reached: {error}")]
pub(crate) struct NotReached {
    /// What was tried last.
    pub(crate) address: String,
    /// Why it failed.
    pub(crate) error: io::Error,
    /// The same, as a word.
    pub(crate) why: Unreached,
}

impl NotReached {
    fn connecting(address: String, error: io::Error) -> Self {
        Self {
            why: Unreached::of(&error),
            address,
            error,
        }
    }
}

/// Connects to the first address that answers, and says which it was.
pub(crate) async fn dial(to: &Address, limit: Duration) -> Result<(Socket, Remote), NotReached> {
    match to {
        Address::Plain(PlainAddress::Unix(path)) => {
            within(limit, UnixStream::connect(path.as_path()))
                .await
                .map(|stream| (Socket::Unix(stream), Remote::Unix))
                .map_err(|error| NotReached::connecting(format!("unix:{path}"), error))
        }
        Address::Plain(PlainAddress::Tcp(address)) => first_of(&[*address], limit, to).await,
        Address::Network(network) => {
            let addresses =
                within(limit, addresses(network))
                    .await
                    .map_err(|error| NotReached {
                        address: network.to_string(),
                        error,
                        why: Unreached::NoAddress,
                    })?;
            first_of(&addresses, limit, to).await
        }
    }
}

/// The addresses of an end: those given, or those of the name. At least one.
pub(crate) async fn addresses(network: &NetworkAddress) -> io::Result<Vec<SocketAddr>> {
    let addresses = match network {
        NetworkAddress::Given(addresses) => addresses.clone(),
        NetworkAddress::Lookup { name, port } => {
            lookup_host((name.as_str(), *port)).await?.collect()
        }
    };
    if addresses.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "there is no address",
        ));
    }
    Ok(addresses)
}

async fn first_of(
    addresses: &[SocketAddr],
    limit: Duration,
    to: &Address,
) -> Result<(Socket, Remote), NotReached> {
    let mut failed = NotReached::connecting(format!("{to}"), io::ErrorKind::NotFound.into());
    for address in addresses {
        let connected = within(limit, TcpStream::connect(address))
            .await
            .and_then(|stream| Socket::dialled(stream, address));
        match connected {
            Ok(socket) => return Ok((socket, Remote::Tcp(*address))),
            Err(error) => failed = NotReached::connecting(address.to_string(), error),
        }
    }
    Err(failed)
}

async fn within<T>(limit: Duration, attempt: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(limit, attempt).await.unwrap_or_else(|_elapsed| {
        let message = format!("no answer after {limit:?}");
        Err(io::Error::new(io::ErrorKind::TimedOut, message))
    })
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Network(address) => address.fmt(f),
            Self::Plain(address) => address.fmt(f),
        }
    }
}
