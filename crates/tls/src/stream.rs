//! The adapter for tokio: handshakes over a stream, with a limit, and the secured stream.
//!
//! A refused peer is listened to for a moment after our alert was sent: a socket that is closed
//! with unread bytes resets the connection, and the peer would lose the alert.
//!
//! Invariant: a [`SecureStream`] exists only after a handshake that both the engine and the judge
//! let pass.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::client::UnbufferedClientConnection;
use rustls::server::UnbufferedServerConnection;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{sleep, timeout};
use trustpack_judge::question::Purpose;

use crate::client::{self, ClientContext};
use crate::connections::{Cut, Tether, TrustEnded, Waiting};
use crate::established::{Established, Resumed};
use crate::handshake::{Begun, Failure, OldClient};
use crate::limits::{LINGER, LINGER_BYTES};
use crate::named::Named;
use crate::opening::{First, Opening};
use crate::peer::Refusal;
use crate::port::HelloStream;
use crate::records::{Engine, Records};
use crate::server::ServerContext;

/// A stream whose bytes are TLS on the way.
///
/// When the context changes and the peer is no longer trusted, everything that is asked of it fails with an error that
/// [`SecureStream::failure`] understands. Whoever waits for something else meanwhile waits for [`SecureStream::cut`] too.
///
/// The ticket with which a client of TLS 1.3 can resume its session goes out with the first data that the server sends, or when
/// the stream is flushed or shut down. A server that only reads flushes the stream once, if its clients are to come again
/// quickly.
///
/// Shutting it down sends close_notify and ends the writing of the transport; reading goes on until
/// the peer does the same. An end without close_notify is an error of the kind `UnexpectedEof`.
#[derive(Debug)]
pub struct SecureStream<S> {
    records: Records<S>,
    peer: Purpose,
    /// The host that a client asked for.
    server_name: Named,
    /// Cuts the connection when its peer is no longer trusted; there is none if peers are not judged.
    tether: Option<Tether>,
}

impl ServerContext {
    /// The handshake of a server, for at most `limit`. A refused client is told so by an alert.
    ///
    /// # Errors
    ///
    /// [`Failure`] with the first failing step; the stream is gone then.
    pub async fn accept<S>(&self, stream: S, limit: Duration) -> Result<SecureStream<S>, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.accept_opening(Opening::new(stream), limit).await
    }

    /// As [`Self::accept`], for a client whose hello was read already.
    ///
    /// # Errors
    ///
    /// As [`Self::accept`].
    pub async fn accept_hello<S>(
        &self,
        stream: HelloStream<S>,
        limit: Duration,
    ) -> Result<SecureStream<S>, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.accept_opening(stream.opening, limit).await
    }

    async fn accept_opening<S>(
        &self,
        (stream, first): (Opening<S>, First),
        limit: Duration,
    ) -> Result<SecureStream<S>, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let begun = self.begin()?;
        let engine = UnbufferedServerConnection::new(Arc::clone(&begun.config))
            .map_err(|error| Failure::after(&begun.refusal, error))?;
        let mut records = Records::new(stream, Engine::of_server(engine));
        let mut server_name = Named::default();
        let accept = accept_current(&mut records, &mut server_name);
        let done = within(limit, accept).await;
        conclude(done, &mut records, &first, &begun.refusal).await?;
        let tether = self.admit(&begun, records.state()).map_err(ended)?;
        Ok(SecureStream {
            records,
            peer: Purpose::Client,
            server_name,
            tether,
        })
    }
}

impl ClientContext {
    /// The handshake of a client, for at most `limit`. A refused server is told so by an alert.
    ///
    /// Under TLS 1.3 a server may refuse our certificate after this is done: the first read then
    /// gives an error that [`SecureStream::failure`] understands.
    ///
    /// # Errors
    ///
    /// [`Failure`] with the first failing step; the stream is gone then.
    pub async fn connect<S>(&self, stream: S, limit: Duration) -> Result<SecureStream<S>, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.connect_begun(self.begin(), stream, limit).await
    }

    pub(crate) async fn connect_begun<S>(
        &self,
        begun: client::Begun,
        stream: S,
        limit: Duration,
    ) -> Result<SecureStream<S>, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (stream, first) = Opening::new(stream);
        let handshake = &begun.handshake;
        let engine =
            UnbufferedClientConnection::new(Arc::clone(&begun.config), begun.target.clone())
                .map_err(|error| Failure::after(&handshake.refusal, error))?;
        let mut records = Records::new(stream, Engine::of_client(engine));
        let connect = poll_fn(|context| handshake.drive(|| records.poll_handshake(context)));
        let done = within(limit, connect).await;
        let done = conclude(done, &mut records, &first, &handshake.refusal).await;
        if let Err(Failure::Protocol(rustls::Error::DecryptError)) = &done {
            begun.forget_session();
        }
        done?;
        let tether = self.admit(&begun, records.state()).map_err(ended)?;
        Ok(SecureStream {
            records,
            peer: Purpose::Server,
            server_name: Named::default(),
            tether,
        })
    }
}

impl<S> SecureStream<S> {
    /// The stream below TLS.
    #[must_use]
    pub fn transport(&self) -> &S {
        self.records.transport().transport()
    }

    /// What is known of the connection.
    #[must_use]
    pub fn established(&self) -> Established {
        Established::of(self.records.state())
    }

    /// Whether an earlier session was resumed; [`Self::established`] tells the rest, and takes longer.
    #[must_use]
    pub fn resumed(&self) -> Resumed {
        Resumed::of(self.records.state())
    }

    /// Tickets for sessions of TLS 1.3 that the server has sent so far; they come with what is read. Each is for a client whose last
    /// message the server has seen, and with it the certificate that it asked for (RFC 8446 section 4.6.1).
    #[must_use]
    pub fn tickets_received(&self) -> u32 {
        self.records.tickets_received()
    }

    /// Whether this is a server that has a ticket for its client still, and has sent no data and flushed nothing.
    #[must_use]
    pub fn owes_ticket(&self) -> bool {
        self.records.owes_ticket()
    }

    /// The host that a client asked this server for (SNI), if it named one.
    #[must_use]
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.get()
    }

    /// When the connection is to end because its peer is no longer trusted, and why. The future does not borrow the
    /// stream.
    #[must_use]
    pub fn cut(&self) -> Cut {
        self.tether.as_ref().map_or_else(Cut::never, Tether::cut)
    }

    /// What an error of reading or writing means.
    #[must_use]
    pub fn failure(&self, error: io::Error) -> Failure {
        Failure::of_later_io(self.peer, error)
    }
}

/// Makes a handshake, for at most `limit`. What comes when that is over is not looked at: an answer would take a signature,
/// and be in vain.
async fn within(
    limit: Duration,
    handshake: impl Future<Output = io::Result<()>>,
) -> Result<io::Result<()>, Duration> {
    tokio::select! {
        biased;
        () = sleep(limit) => Err(limit),
        done = handshake => Ok(done),
    }
}

/// The handshake with a client that speaks a version of today.
async fn accept_current<S>(records: &mut Records<S>, name: &mut Named) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let opening = records.transport_mut();
    if let Some(version) = opening.version_below_tls12().await? {
        return Err(io::Error::other(OldClient(version)));
    }
    opening.limit_hello();
    poll_fn(|context| name.noting(|| records.poll_handshake(context))).await
}

/// Says why a handshake failed, if it did, after the peer was told. What took too long has an error of its limit.
async fn conclude<S>(
    done: Result<io::Result<()>, Duration>,
    records: &mut Records<S>,
    first: &First,
    refusal: &Refusal,
) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match done {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            let failure =
                plain_text(first).unwrap_or_else(|| Failure::of_io(refusal, error, begun(first)));
            let (stream, unsent) = records.unsent();
            if let Some(last_words) = failure.last_words() {
                linger(stream, &last_words).await;
            } else if is_ours(&failure) {
                linger(stream, unsent).await;
            }
            Err(failure)
        }
        Err(limit) => Err(plain_text(first).unwrap_or_else(|| Failure::TimedOut {
            limit,
            begun: begun(first),
        })),
    }
}

fn ended(ended: TrustEnded) -> Failure {
    Failure::TrustEnded(Box::new(ended))
}

/// Whether we refused, so that an alert is on its way.
fn is_ours(failure: &Failure) -> bool {
    match failure {
        Failure::PeerRefused(_)
        | Failure::NoCertificate { .. }
        | Failure::NotItsKey
        | Failure::NoCommonVersion
        | Failure::OldClient(_)
        | Failure::OldHello
        | Failure::NothingInCommon { .. }
        | Failure::NoSignature
        | Failure::BrokenHello(_)
        | Failure::TooLarge { .. }
        | Failure::Protocol(_) => true,
        Failure::PeerAlert(_)
        | Failure::TrustEnded(_)
        | Failure::PlainText { .. }
        | Failure::WithoutData
        | Failure::PeerClosed { .. }
        | Failure::CutShort
        | Failure::TimedOut { .. }
        | Failure::Silent { .. }
        | Failure::Io(_) => false,
    }
}

/// Writes these last words, ends the writing side, and reads what the peer still sends, within limits.
pub(crate) async fn linger<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, last_words: &[u8]) {
    let read_off = async {
        stream.write_all(last_words).await?;
        stream.shutdown().await?;
        let mut left = LINGER_BYTES;
        let mut thrown_away = [0; 1024];
        while left > 0 {
            let count = stream.read(&mut thrown_away).await?;
            if count == 0 {
                break;
            }
            left = left.saturating_sub(count);
        }
        io::Result::Ok(())
    };
    // The peer may have gone, or go on talking: the handshake has failed either way.
    drop(timeout(LINGER, read_off).await);
}

fn plain_text(first: &First) -> Option<Failure> {
    first.get().and_then(Failure::of_first_bytes)
}

fn begun(first: &First) -> Begun {
    match first.get() {
        Some(_) => Begun::Speaking,
        None => Begun::Silent,
    }
}

impl<S> SecureStream<S> {
    /// Whether the peer is still trusted.
    fn check(&mut self, cx: &Context<'_>, waiting: Waiting) -> io::Result<()> {
        match &mut self.tether {
            None => Ok(()),
            Some(tether) => tether
                .check(cx, waiting)
                .map_err(|ended| io::Error::new(io::ErrorKind::ConnectionAborted, ended)),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for SecureStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(cx, Waiting::Reader)?;
        self.records.poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for SecureStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(cx, Waiting::Writer)?;
        self.records.poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx, Waiting::Writer)?;
        self.records.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx, Waiting::Writer)?;
        self.records.poll_shutdown(cx)
    }
}
