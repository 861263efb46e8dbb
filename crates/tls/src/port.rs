//! The modes of a listening port: plain text, TLS at once, or whichever the client's first bytes are.
//!
//! A mode does not count and does not log: what came of a client is in the value, whoever serves the port does both.
//!
//! Invariant: under [`Port::AutoDetect`] a client is served in TLS after a complete, valid hello, in plain text after
//! bytes that cannot be the start of TLS, and otherwise not at all.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::time::{Instant, timeout};

use crate::handshake::{Begun, Failure};
use crate::hello::client_hello::ClientHello;
use crate::hello::{BrokenHello, FirstBytes, Sniffer, Verdict};
use crate::opening::{First, Opening};
use crate::server::ServerContext;
use crate::stream::{SecureStream, linger};

/// What a listening port does with who comes.
#[derive(Clone, Debug)]
pub enum Port {
    /// Plain text. [`PlainStream::first_bytes`] tells of a client that speaks TLS all the same.
    Unsecured,
    /// TLS from the first byte.
    Secured(ServerContext),
    /// The first bytes of the client decide, as long as the context detects. For protocols in which the client speaks
    /// first.
    AutoDetect(ServerContext),
}

/// A client that was let in.
#[derive(Debug)]
pub enum Arrival<S> {
    /// It speaks TLS, and the handshake has succeeded.
    Secure(Box<SecureStream<S>>),
    /// It speaks plain text, or the port does not care. Nobody cuts it if the settings take no plain text any more: whoever
    /// holds it asks [`ServerContext::detects`] for that.
    Plain(PlainStream<S>),
}

/// What the first bytes of a client were, with a stream that gives them once more.
#[derive(Debug)]
pub enum Detected<S> {
    /// A complete, valid hello.
    Hello(HelloStream<S>),
    /// Something that cannot be the start of TLS.
    Plain(PlainStream<S>),
}

/// A stream whose peer sent a hello. [`ServerContext::accept_hello`] answers it.
#[derive(Debug)]
pub struct HelloStream<S> {
    pub(crate) opening: (Opening<S>, First),
    hello: Box<ClientHello>,
}

/// A stream without TLS.
#[derive(Debug)]
pub struct PlainStream<S> {
    stream: Opening<S>,
    first: First,
}

/// Bytes that are read at once while it is not clear what they are.
///
/// Source: ours; a hello with a post-quantum key has about 2 KiB.
const PIECE_BYTES: usize = 4 * 1024;

impl Port {
    /// Takes a client in, in at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Failure`]; the stream is gone then. A client of a secured port that speaks plain text, or one that says
    /// nothing where its first bytes are waited for, is named as that.
    pub async fn take_in<S>(&self, stream: S, limit: Duration) -> Result<Arrival<S>, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        match self {
            Self::Unsecured => Ok(Arrival::Plain(PlainStream::new(stream))),
            Self::Secured(context) => {
                let secure = context.accept(stream, limit).await?;
                Ok(Arrival::Secure(Box::new(secure)))
            }
            Self::AutoDetect(context) => {
                let begun = Instant::now();
                match detect(stream, limit).await? {
                    Detected::Plain(plain) if context.detects() => Ok(Arrival::Plain(plain)),
                    // The settings have changed while the client kept silent.
                    Detected::Plain(plain) => Err(plain.refused()),
                    Detected::Hello(hello) => {
                        let left = limit.saturating_sub(begun.elapsed());
                        match context.accept_hello(hello, left).await {
                            Ok(secure) => Ok(Arrival::Secure(Box::new(secure))),
                            // The limit is one for both.
                            Err(Failure::TimedOut {
                                begun,
                                limit: _left,
                            }) => Err(Failure::TimedOut { limit, begun }),
                            Err(failure) => Err(failure),
                        }
                    }
                }
            }
        }
    }
}

/// Reads the first bytes of a client until they tell what they are, for at most `limit`. What begins like TLS and is no
/// hello is answered with an alert.
///
/// # Errors
///
/// [`Failure::Silent`] when nothing came, [`Failure::BrokenHello`], or what became of the connection; the stream is
/// gone then.
pub async fn detect<S>(mut stream: S, limit: Duration) -> Result<Detected<S>, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut sniffer = Sniffer::default();
    let read = timeout(limit, read_on(&mut stream, &mut sniffer)).await;
    let begun = match sniffer.bytes() {
        [] => Begun::Silent,
        [_, ..] => Begun::Speaking,
    };
    let verdict = match (read, begun) {
        (Ok(Ok(verdict)), _) => verdict,
        (Ok(Err(error)), _) => return Err(Failure::Io(error)),
        (Err(_elapsed), Begun::Silent) => return Err(Failure::Silent { limit }),
        (Err(_elapsed), Begun::Speaking) => return Err(Failure::TimedOut { limit, begun }),
    };
    let opening = |stream| Opening::after(sniffer.into_bytes(), stream);
    match verdict {
        Verdict::Hello(hello) => Ok(Detected::Hello(HelloStream {
            opening: opening(stream),
            hello,
        })),
        Verdict::Plain(_) => Ok(Detected::Plain(PlainStream::of(opening(stream)))),
        Verdict::Broken(broken) => {
            refuse(&mut stream, &broken).await;
            Err(Failure::BrokenHello(broken))
        }
        Verdict::NeedsMore => Err(Failure::PeerClosed { begun }),
    }
}

/// Reads until a verdict; [`Verdict::NeedsMore`] if the client has ended before.
async fn read_on<S>(stream: &mut S, sniffer: &mut Sniffer) -> io::Result<Verdict>
where
    S: AsyncRead + Unpin,
{
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let room = sniffer.room().min(PIECE_BYTES);
        let count = stream
            .read(piece.get_mut(..room).unwrap_or_default())
            .await?;
        let verdict = sniffer.push(piece.get(..count).unwrap_or_default());
        if count == 0 || verdict != Verdict::NeedsMore {
            return Ok(verdict);
        }
    }
}

/// Tells the client in the clear that its hello is broken.
async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, broken: &BrokenHello) {
    linger(stream, &broken.alert().in_the_clear()).await;
}

impl<S> HelloStream<S> {
    /// What the client said.
    #[must_use]
    pub fn hello(&self) -> &ClientHello {
        &self.hello
    }
}

impl<S> PlainStream<S> {
    /// A stream of a port without TLS.
    #[must_use]
    pub fn new(stream: S) -> Self {
        Self::of(Opening::new(stream))
    }

    fn of((stream, first): (Opening<S>, First)) -> Self {
        Self { stream, first }
    }

    /// Why it is not taken where TLS is demanded.
    fn refused(&self) -> Failure {
        let first = self.first_bytes().cloned();
        Failure::PlainText {
            start: first.unwrap_or_else(|| FirstBytes::of(&[])),
        }
    }

    /// The stream below.
    #[must_use]
    pub fn transport(&self) -> &S {
        self.stream.transport()
    }

    /// The first bytes of the peer, once they have been read.
    #[must_use]
    pub fn first_bytes(&self) -> Option<&FirstBytes> {
        self.first.get()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PlainStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PlainStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
