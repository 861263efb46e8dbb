//! What a server makes of the certificate of its client, or of the lack of one.
//!
//! Invariant: silence is no answer.

use std::fmt;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use trustpack_settings::value::ProtocolVersion;
use trustpack_tls::established::Established;
use trustpack_tls::handshake::{Failure, Manner};
use trustpack_tls::observed::Seen;
use trustpack_tls::stream::SecureStream;

use crate::limits::{LEAVE, MAX_GREETING_BYTES, VERDICT};

/// What a server has said to the certificate of a client, or to the lack of one, after the handshake.
///
/// One of TLS 1.3 judges it only then (RFC 8446 section 4.4.4), and its silence says nothing: it may look the client up elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It goes on: by a ticket, by data or by an orderly end. Or there was nothing to be said any more: it asked for no certificate, or
    /// speaks TLS 1.2.
    Given,
    /// Nothing, as long as it was waited for.
    NotSaid(NotSaid),
}

/// That nothing was said to the certificate of a client, or to the lack of one: what becomes of it is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotSaid {
    /// How long it was waited for.
    pub within: Duration,
}

/// Ends a connection, and says what the server had against our certificate, or the lack of one.
///
/// A server of TLS 1.3 judges it when our handshake is over, and says so at the first read (RFC 8446 section 4.4.4).
/// Our end is told first: whoever took us in answers it with its own, and nobody has to wait. A ticket for a session is an answer as well,
/// though a refusal may come right behind it.
pub(super) async fn verdict(
    stream: &mut SecureStream<TcpStream>,
    established: &Established,
    seen: &Seen,
    handshake: Duration,
    limit: Duration,
) -> Result<Admission, Failure> {
    if seen.wanted.is_none() || established.version != Some(ProtocolVersion::Tls13) {
        // The end goes on to the program behind the service, and back.
        leave(stream, LEAVE.max(handshake.saturating_mul(2)), limit).await;
        return Ok(Admission::Given);
    }
    let begun = Instant::now();
    // If the server has refused and gone, its word is still there to be read.
    drop(timeout(limit, stream.shutdown()).await);
    let mut heard = 0;
    let mut thrown_away = [0; 1024];
    for until in [VERDICT.min(limit), limit] {
        while heard < MAX_GREETING_BYTES {
            let left = until.saturating_sub(begun.elapsed());
            match timeout(left, stream.read(&mut thrown_away)).await {
                Err(_elapsed) => break,
                Ok(Ok(0)) => return Ok(Admission::Given),
                Ok(Ok(count)) => heard = heard.saturating_add(count),
                Ok(Err(error)) => return refusal(stream.failure(error)),
            }
        }
        if heard > 0 || stream.tickets_received() > 0 {
            return Ok(Admission::Given);
        }
    }
    Ok(Admission::NotSaid(NotSaid { within: limit }))
}

/// Ends a connection of which nothing more is to be heard. What the server has sent is read all the same, as are tickets for sessions: a
/// socket that is closed with something unread resets the connection, which services log as one that broke.
async fn leave(stream: &mut SecureStream<TcpStream>, patience: Duration, limit: Duration) {
    let leave = async {
        drop(stream.shutdown().await);
        let mut left = MAX_GREETING_BYTES;
        let mut thrown_away = [0; 1024];
        while left > 0 {
            match timeout(patience, stream.read(&mut thrown_away)).await {
                Ok(Ok(count)) if count > 0 => left = left.saturating_sub(count),
                Ok(Ok(_) | Err(_)) | Err(_) => return,
            }
        }
    };
    drop(timeout(limit, leave).await);
}

/// The failures after a handshake that mean that we were refused.
fn refusal(failure: Failure) -> Result<Admission, Failure> {
    match failure.manner() {
        // Without a word of TLS to the contrary: many just close, and one whose own service is down resets.
        Manner::End => Ok(Admission::Given),
        Manner::InTls | Manner::NotTls | Manner::Silence => Err(failure),
    }
}

impl fmt::Display for NotSaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the server said nothing to the client's certificate, or to the lack of one, within {:?}; a longer --timeout waits for that",
            self.within
        )
    }
}
