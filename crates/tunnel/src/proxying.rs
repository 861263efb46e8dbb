//! PROXY headers on connections: taken from a caller before anything else, and sent to a program before its data.
//!
//! Invariant: not a byte behind the header is read, and none is sent before it.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;
use trustpack_settings::cipher_suites;
use trustpack_settings::value::ProtocolVersion;
use trustpack_tls::established::{Established, Resumed};
use trustpack_tls::server::ServerContext;
use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::PublicKeyAlgorithm;

use crate::proxy_header::{
    Accepted, Facts, Header, InvalidHeader, Presented, Progress, Reader, Route, TlsFacts, Verified,
};
use crate::report::Remote;
use crate::socket::Socket;

/// Bytes that are read at once of a header; most have fewer.
const PIECE_BYTES: usize = 256;

/// A caller did not say in the way that is asked for who it speaks for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoHeader {
    /// What it said is no header, or not one that is taken.
    #[error("{0}")]
    Invalid(InvalidHeader),
    /// It is none of those who may say for whom they speak.
    #[error("the caller may pass no connections on: PROXY headers are taken from {taken_from}")]
    OfSomebodyElse {
        /// Whose are.
        taken_from: String,
    },
    /// It ended before the header did.
    #[error("the caller closed the connection before its PROXY header was complete")]
    Closed,
    /// It ended without a word, as a check whether somebody listens does.
    #[error("the caller closed the connection without a word; a PROXY header is demanded")]
    Silent,
    /// It took too long.
    #[error("no complete PROXY header came within {limit:?}; one is demanded")]
    TimedOut {
        /// How long it may take.
        limit: Duration,
    },
    /// The connection failed.
    #[error("the connection failed before its PROXY header was complete: {0}")]
    Io(io::Error),
}

/// Reads the header with which a connection begins, in at most `limit`.
pub(crate) async fn take<S>(
    stream: &mut S,
    accepted: Accepted,
    limit: Duration,
) -> Result<Header, NoHeader>
where
    S: AsyncRead + Unpin,
{
    let elapsed = |_| NoHeader::TimedOut { limit };
    timeout(limit, read(stream, accepted))
        .await
        .map_err(elapsed)?
}

async fn read<S>(stream: &mut S, accepted: Accepted) -> Result<Header, NoHeader>
where
    S: AsyncRead + Unpin,
{
    let mut reader = Reader::new(accepted);
    let mut piece = [0; PIECE_BYTES];
    loop {
        let room = reader.room().min(PIECE_BYTES);
        let room = piece.get_mut(..room).unwrap_or_default();
        let count = stream.read(room).await.map_err(NoHeader::Io)?;
        if count == 0 {
            return Err(if reader.is_empty() {
                NoHeader::Silent
            } else {
                NoHeader::Closed
            });
        }
        let bytes = piece.get(..count).unwrap_or_default();
        match reader.push(bytes).map_err(NoHeader::Invalid)? {
            Progress::NeedsMore => {}
            Progress::Done(header) => return Ok(*header),
        }
    }
}

/// Whom a header names, if it names somebody.
pub(crate) fn caller(header: &Header) -> Option<Remote> {
    match &header.route {
        Route::Direct => None,
        Route::Tcp { source, .. } => Some(Remote::Tcp(*source)),
        Route::Unix { .. } => Some(Remote::Unix),
    }
}

/// The way of a connection that came in through `socket`: what its header says, else what is seen.
pub(crate) fn route(received: Option<&Header>, socket: &Socket) -> Route {
    match received.map(|header| &header.route) {
        Some(route @ (Route::Tcp { .. } | Route::Unix { .. })) => route.clone(),
        Some(Route::Direct) | None => socket.route(),
    }
}

/// What is known of a connection that came in over TLS.
pub(crate) fn facts(
    context: &ServerContext,
    established: &Established,
    server_name: Option<&str>,
) -> Facts {
    let text = |text: &str| Some(Box::from(text.as_bytes()));
    let own = context.certificate();
    let own = own.as_ref();
    let tls = TlsFacts {
        presented: match (&established.peer, established.resumed) {
            (None, _) => Presented::Never,
            (Some(_), Resumed::Yes) => Presented::InSession,
            (Some(_), Resumed::No) => Presented::Now,
        },
        // Nobody gets as far as this whose certificate is not good.
        verified: match &established.peer {
            Some(_) => Verified::Yes,
            None => Verified::No,
        },
        version: established.version.and_then(|version| {
            text(match version {
                ProtocolVersion::Tls12 => "TLSv1.2",
                ProtocolVersion::Tls13 => "TLSv1.3",
            })
        }),
        common_name: established
            .peer
            .as_ref()
            .and_then(|peer| text(peer.subject().common_name()?)),
        cipher: established
            .suite
            .and_then(|suite| text(cipher_suites::openssl_name(suite)?)),
        signature: own.and_then(|own| text(signature(own)?)),
        key: own.and_then(|own| text(&key(own)?)),
    };
    Facts {
        protocol: None,
        authority: server_name.and_then(text),
        unique_id: None,
        tls: Some(Box::new(tls)),
    }
}

/// The algorithm that signed a certificate, as OpenSSL names it.
///
/// Source: the short names of OpenSSL's `objects.txt`, which HAProxy sends.
fn signature(certificate: &Certificate) -> Option<&'static str> {
    Some(match certificate.signature_algorithm() {
        SignatureAlgorithm::RsaPkcs1(digest) => match digest {
            Digest::Sha1 => "RSA-SHA1",
            Digest::Sha224 => "RSA-SHA224",
            Digest::Sha256 => "RSA-SHA256",
            Digest::Sha384 => "RSA-SHA384",
            Digest::Sha512 => "RSA-SHA512",
        },
        SignatureAlgorithm::Ecdsa(digest) => match digest {
            Digest::Sha1 => "ecdsa-with-SHA1",
            Digest::Sha224 => "ecdsa-with-SHA224",
            Digest::Sha256 => "ecdsa-with-SHA256",
            Digest::Sha384 => "ecdsa-with-SHA384",
            Digest::Sha512 => "ecdsa-with-SHA512",
        },
        SignatureAlgorithm::RsaPss(_) | SignatureAlgorithm::RsaPssOther(_) => "RSASSA-PSS",
        SignatureAlgorithm::Ed25519 => "ED25519",
        SignatureAlgorithm::Other(_) => return None,
    })
}

/// The kind of a certificate's key with its size, as HAProxy writes it.
fn key(certificate: &Certificate) -> Option<String> {
    Some(match certificate.public_key().algorithm() {
        PublicKeyAlgorithm::Rsa { bits } => format!("RSA{bits}"),
        PublicKeyAlgorithm::EcP256 => "EC256".to_owned(),
        PublicKeyAlgorithm::EcP384 => "EC384".to_owned(),
        PublicKeyAlgorithm::EcP521 => "EC521".to_owned(),
        PublicKeyAlgorithm::Ed25519 => "ED25519".to_owned(),
        PublicKeyAlgorithm::Other(_) => return None,
    })
}
