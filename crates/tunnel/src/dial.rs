//! Connecting to where a tunnel leads.
//!
//! Invariant: every attempt has a limit, all of them together have one, and the addresses are tried in the order in which
//! they are given.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio::time::{Instant, sleep, timeout};
use trustpack_settings::value::{NetworkAddress, PlainAddress};
use trustpack_tls::cause::Unreached;

use crate::limits::Limits;
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

    /// Not all addresses were tried: they took too long together.
    fn in_time(to: &Address, limit: Duration, tried: usize, of: usize) -> Self {
        let message =
            format!("no answer within {limit:?} of the first {tried} of its {of} addresses");
        let error = io::Error::new(io::ErrorKind::TimedOut, message);
        Self::connecting(to.to_string(), error)
    }

    /// The program has its connection and does not read what it is told first.
    pub(crate) fn took_no_header(to: &Address, limit: Duration) -> Self {
        let message = format!("it did not take its PROXY header within {limit:?}");
        let error = io::Error::new(io::ErrorKind::TimedOut, message);
        Self::connecting(to.to_string(), error)
    }
}

/// Between two attempts to connect to a program of this machine in whose queue there is no room.
///
/// Source: ours; a program that is there takes its callers within a moment.
const QUEUE_PAUSE: Duration = Duration::from_millis(20);

/// Connects to the first address that answers, and says which it was.
pub(crate) async fn dial(to: &Address, limits: &Limits) -> Result<(Socket, Remote), NotReached> {
    let (limit, begun) = (limits.connect, Instant::now());
    match to {
        Address::Plain(PlainAddress::Unix(path)) => within(limit, connect_unix(path.as_path()))
            .await
            .map(|stream| (Socket::Unix(stream), Remote::Unix))
            .map_err(|error| NotReached::connecting(to.to_string(), error)),
        Address::Plain(PlainAddress::Tcp(address)) => {
            first_of(&[*address], to, limits, begun).await
        }
        Address::Network(network) => {
            let addresses =
                within(limit, addresses(network))
                    .await
                    .map_err(|error| NotReached {
                        address: network.to_string(),
                        error,
                        why: Unreached::NoAddress,
                    })?;
            first_of(&addresses, to, limits, begun).await
        }
    }
}

/// Waits while there is no room in the program's queue: other than TCP, a UNIX socket says so at once (`connect(2)`, EAGAIN).
async fn connect_unix(path: &Path) -> io::Result<UnixStream> {
    loop {
        match UnixStream::connect(path).await {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => sleep(QUEUE_PAUSE).await,
            other => return other,
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

/// Tries one after the other, for as long as all of them may take.
async fn first_of(
    addresses: &[SocketAddr],
    to: &Address,
    limits: &Limits,
    begun: Instant,
) -> Result<(Socket, Remote), NotReached> {
    let mut failed = NotReached::connecting(to.to_string(), io::ErrorKind::NotFound.into());
    for (tried, address) in addresses.iter().enumerate() {
        let left = limits.reach.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(NotReached::in_time(
                to,
                limits.reach,
                tried,
                addresses.len(),
            ));
        }
        let connected = within(limits.connect.min(left), TcpStream::connect(address))
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
