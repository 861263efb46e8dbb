//! Sockets of either kind, TCP or UNIX, in one type.
//!
//! Invariant: a TCP socket made here sends at once what it is given (TCP_NODELAY): a tunnel must
//! not add to the delays of the programs it serves.

use std::net::{self, SocketAddr};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::{io, os};

use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::unix;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use crate::handover::DoorSocket;
use crate::limits::KEEPALIVE;
use crate::proxy_header::Route;
use crate::report::Remote;

/// A connected socket.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// How far the other end of a socket has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// More may come of it.
    Here,
    /// It has said that nothing more comes.
    Done,
    /// It takes nothing any more either: by a reset, or since both ends have said that they were done.
    Gone,
}

/// A connected socket that no runtime knows, on its way to the one on which it is used.
#[derive(Debug)]
pub(crate) enum Loose {
    Tcp(net::TcpStream),
    Unix(os::unix::net::UnixStream),
}

/// A listening socket.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Socket {
    pub(crate) fn tcp(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self::Tcp(stream))
    }

    /// To this address. Programs of this machine do not vanish without a word.
    pub(crate) fn dialled(stream: TcpStream, address: &SocketAddr) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            keep_alive(&stream)?;
        }
        Self::tcp(stream)
    }

    /// Leaves the runtime that it is on.
    pub(crate) fn leave(self) -> io::Result<Loose> {
        Ok(match self {
            Self::Tcp(stream) => Loose::Tcp(stream.into_std()?),
            Self::Unix(stream) => Loose::Unix(stream.into_std()?),
        })
    }

    /// Between whom it is, as this machine sees it.
    pub(crate) fn route(&self) -> Route {
        match self {
            Self::Tcp(stream) => match (stream.peer_addr(), stream.local_addr()) {
                (Ok(peer), Ok(local)) => Route::tcp(peer, local),
                (Err(_), _) | (_, Err(_)) => Route::Direct,
            },
            Self::Unix(stream) => {
                let name = |address: io::Result<unix::SocketAddr>| {
                    let address = address.ok();
                    let path = address.as_ref().and_then(unix::SocketAddr::as_pathname);
                    path.map_or_else(Box::default, |path| path.as_os_str().as_bytes().into())
                };
                Route::Unix {
                    source: name(stream.peer_addr()),
                    destination: name(stream.local_addr()),
                }
            }
        }
    }

    /// How far its other end has gone, as the runtime has heard of the system: without a call of it, and also of one that
    /// nobody reads from.
    pub(crate) fn presence(&self) -> Presence {
        let both = Interest::READABLE | Interest::WRITABLE;
        let mut cx = Context::from_waker(Waker::noop());
        let heard = match self {
            Self::Tcp(stream) => pin!(stream.ready(both)).poll(&mut cx),
            Self::Unix(stream) => pin!(stream.ready(both)).poll(&mut cx),
        };
        match heard {
            Poll::Ready(Ok(ready)) if ready.is_write_closed() => Presence::Gone,
            Poll::Ready(Ok(ready)) if ready.is_read_closed() => Presence::Done,
            // An error is that of a runtime that ends.
            Poll::Ready(_) | Poll::Pending => Presence::Here,
        }
    }

    /// Makes the coming close an abortive one: the other end sees a reset, not an orderly end.
    /// UNIX sockets have no such thing; there the end is all that can be seen.
    pub(crate) fn abort_on_close(&self) {
        match self {
            // An error means that the connection is gone already.
            Self::Tcp(stream) => drop(stream.set_zero_linger()),
            Self::Unix(_) => {}
        }
    }
}

impl Loose {
    /// On the runtime that this is called on.
    pub(crate) fn join(self) -> io::Result<Socket> {
        Ok(match self {
            Self::Tcp(stream) => Socket::Tcp(TcpStream::from_std(stream)?),
            Self::Unix(stream) => Socket::Unix(UnixStream::from_std(stream)?),
        })
    }
}

impl Listener {
    /// On the runtime that this is called on.
    pub(crate) fn new(socket: DoorSocket) -> io::Result<Self> {
        Ok(match socket {
            DoorSocket::Tcp(listener) => {
                // Those that it accepts have both from here.
                keep_alive(&listener)?;
                sockopt::set_tcp_nodelay(&listener, true)?;
                Self::Tcp(TcpListener::from_std(listener)?)
            }
            DoorSocket::Unix(listener) => Self::Unix(UnixListener::from_std(listener)?),
        })
    }

    /// The next caller.
    pub(crate) async fn accept(&self) -> io::Result<(Socket, Remote)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                Ok((Socket::Tcp(stream), Remote::Tcp(address)))
            }
            Self::Unix(listener) => {
                let (stream, _unnamed) = listener.accept().await?;
                Ok((Socket::Unix(stream), Remote::Unix))
            }
        }
    }
}

/// Has a peer noticed that is gone without a word.
fn keep_alive(socket: impl AsFd) -> io::Result<()> {
    let (after, between, questions) = KEEPALIVE;
    sockopt::set_socket_keepalive(&socket, true)?;
    sockopt::set_tcp_keepidle(&socket, after)?;
    sockopt::set_tcp_keepintvl(&socket, between)?;
    sockopt::set_tcp_keepcnt(&socket, questions)?;
    Ok(())
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.is_write_vectored(),
            Self::Unix(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn is_kept_alive(socket: &Socket) -> bool {
        match socket {
            Socket::Tcp(stream) => {
                sockopt::socket_keepalive(stream).expect("it is a socket")
                    && sockopt::tcp_keepidle(stream).expect("it is of TCP") == KEEPALIVE.0
                    && stream.nodelay().expect("it is of TCP")
            }
            Socket::Unix(_) => false,
        }
    }

    #[tokio::test]
    async fn whoever_is_on_the_network_is_asked_whether_it_is_still_there() {
        let listening = net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        listening.set_nonblocking(true).expect("it can");
        let address = listening.local_addr().expect("it has one");
        let listener = Listener::new(DoorSocket::Tcp(listening)).expect("it listens");
        let dial = async || TcpStream::connect(address).await.expect("it listens");
        let near = dial().await;
        let (accepted, _caller) = listener.accept().await.expect("it was called");
        assert!(is_kept_alive(&accepted));
        let far = "192.0.2.1:443".parse().expect("an address");
        let far = Socket::dialled(dial().await, &far).expect("it can");
        assert!(is_kept_alive(&far));
        let near = Socket::dialled(near, &address).expect("it can");
        assert!(!is_kept_alive(&near));
    }
}
