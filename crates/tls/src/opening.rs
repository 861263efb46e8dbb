//! The beginning of a stream: bytes that were read ahead come out first, and the first bytes are kept.
//!
//! Invariant: whoever reads gets every byte of the peer once and in order, whether it was read ahead or not.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::handshake::EndlessHello;
use crate::hello::client_hello::Version;
use crate::hello::{FirstBytes, HANDSHAKE};
use crate::limits::MAX_HELLO_BYTES;

/// Bytes that are read at once ahead of the engine.
///
/// Source: ours; a usual hello as a whole, with a post-quantum key, so that it takes one call of the system.
const PIECE_BYTES: usize = 4096;

/// The first bytes of a peer, once they have come; outlives the stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct First(Arc<OnceLock<FirstBytes>>);

impl First {
    pub(crate) fn get(&self) -> Option<&FirstBytes> {
        self.0.get()
    }

    fn note(&self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.0.get_or_init(|| FirstBytes::of(bytes));
        }
    }
}

/// A stream with its beginning.
#[derive(Debug)]
pub(crate) struct Opening<S> {
    stream: S,
    /// What was read ahead, and how much of it was given out.
    ahead: Vec<u8>,
    given: usize,
    /// Who wants to know the first bytes; nobody any more once the beginning is over.
    first: Option<First>,
    /// How many bytes the peer may still send before anything is written to it; `None` without a limit.
    hello: Option<usize>,
}

impl<S> Opening<S> {
    /// The stream, and where its first bytes will be.
    pub(crate) fn new(stream: S) -> (Self, First) {
        Self::after(Vec::new(), stream)
    }

    /// A stream of which these bytes were read already, and where its first bytes are.
    pub(crate) fn after(ahead: Vec<u8>, stream: S) -> (Self, First) {
        let first = First::default();
        first.note(&ahead);
        let opening = Self {
            stream,
            ahead,
            given: 0,
            first: Some(first.clone()),
            hello: None,
        };
        (opening, first)
    }

    pub(crate) fn transport(&self) -> &S {
        &self.stream
    }

    /// Sets a limit to what is read of the peer before it is answered.
    pub(crate) fn limit_hello(&mut self) {
        self.hello = Some(MAX_HELLO_BYTES);
    }

    /// Counts what was read of a hello.
    fn count(&mut self, bytes: usize) {
        self.hello = self.hello.map(|left| left.saturating_sub(bytes));
    }

    /// What was read ahead and not given out yet.
    fn waiting(&self) -> &[u8] {
        self.ahead.get(self.given..).unwrap_or_default()
    }
}

impl<S: AsyncRead + Unpin> Opening<S> {
    /// Reads ahead until the version of a client's hello has come, if it begins like one: the version, if it is below
    /// TLS 1.2.
    pub(crate) async fn version_below_tls12(&mut self) -> io::Result<Option<Version>> {
        loop {
            if let Some(start) = self.waiting().first_chunk() {
                return Ok(Version::below_tls12(start));
            }
            // What is no hello of TLS is the engine's at once: nothing more may come of it.
            match self.waiting() {
                [] | [HANDSHAKE] | [HANDSHAKE, 3, ..] => {}
                [_, ..] => return Ok(None),
            }
            let before = self.ahead.len();
            poll_fn(|cx| self.poll_ahead(cx)).await?;
            if self.ahead.len() == before {
                return Ok(None);
            }
            if let Some(first) = &self.first {
                first.note(&self.ahead);
            }
        }
    }

    /// Reads once. The piece is on the stack of this call: whoever waits for a silent client would keep one for it.
    fn poll_ahead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut piece = [0; PIECE_BYTES];
        let mut piece = ReadBuf::new(&mut piece);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut piece))?;
        self.ahead.extend_from_slice(piece.filled());
        Poll::Ready(Ok(()))
    }

    fn poll_beginning(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let waiting = self.waiting();
        if !waiting.is_empty() {
            let count = waiting.len().min(buffer.remaining());
            buffer.put_slice(waiting.get(..count).unwrap_or_default());
            self.given = self.given.saturating_add(count);
            self.count(count);
            return Poll::Ready(Ok(()));
        }
        // Given back: a connection may be open for days.
        self.ahead = Vec::new();
        self.given = 0;
        let room = buffer.remaining().min(self.hello.unwrap_or(usize::MAX));
        let mut piece = ReadBuf::new(buffer.initialize_unfilled_to(room));
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut piece))?;
        let count = piece.filled().len();
        if let Some(first) = &self.first {
            first.note(piece.filled());
            if first.get().is_some() {
                self.first = None;
            }
        }
        buffer.advance(count);
        self.count(count);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Opening<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.hello == Some(0) {
            return Poll::Ready(Err(io::Error::other(EndlessHello)));
        }
        if self.first.is_none() && self.hello.is_none() {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        self.poll_beginning(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Opening<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // It is answered: the hello is whole.
        self.hello = None;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.hello = None;
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
