//! How long a service may take, and how much it may say.
//!
//! Invariant: no probe takes longer than the sum of these.

use std::time::Duration;

/// The limits of time of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// To look the name up and to connect, each address.
    pub connect: Duration,
    /// For the handshake, from its first byte to its end.
    pub handshake: Duration,
    /// To wait, after a handshake of TLS 1.3 in which the server asked for a certificate, for what it says to that.
    pub verdict: Duration,
}

/// How long connecting to one address may take.
///
/// Source: ours; a host that does not answer a SYN within five seconds is not there for its clients either.
const CONNECT: Duration = Duration::from_secs(5);

/// How long the word of a server on our certificate is waited for, where many are asked.
///
/// Source: ours. A server that accepts answers our end with its own at once, or has sent a ticket; one that refuses says so with an alert.
/// This is for those that do none of it, be it since they are slow.
pub(crate) const VERDICT: Duration = Duration::from_secs(1);

/// The same of one service alone.
///
/// Source: ours; some look a client up elsewhere: for one client five seconds are an answer, and for fifty of one port, one after the other, four minutes
/// are none.
const VERDICT_OF_ONE: Duration = Duration::from_secs(5);

/// How long a port in plain text is waited for that is sent a hello, since one that says nothing waits for more; and a
/// service that has let somebody else wait in vain.
///
/// Source: ours; a TLS server answers a hello at once.
const QUIET: Duration = Duration::from_secs(1);

/// Connections to one service that has let somebody wait in vain.
///
/// Source: ours. It does nothing for them; and that many clients of a dead service, twenty, are told within seconds.
pub(crate) const AT_ONCE_OF_SILENT: usize = 8;

/// Services that are asked at the same time, unless told otherwise.
///
/// Source: ours; as many as a small machine answers without its clients noticing.
pub const AT_ONCE: usize = 64;

impl Limits {
    /// Those of one service that is asked alone.
    #[must_use]
    pub fn of_one() -> Self {
        Self {
            verdict: VERDICT_OF_ONE,
            ..Self::default()
        }
    }

    /// The same for a port that is expected to speak plain text.
    #[must_use]
    pub fn for_plain(self) -> Self {
        Self {
            handshake: self.handshake.min(QUIET),
            ..self
        }
    }

    /// The same for a service that has let somebody else wait in vain.
    #[must_use]
    pub fn for_silent(self) -> Self {
        Self {
            connect: self.connect.min(QUIET),
            ..self.for_plain()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: CONNECT,
            handshake: trustpack_tls::limits::HANDSHAKE,
            verdict: VERDICT,
        }
    }
}

/// Bytes of an application that are read and thrown away while a server's word on our certificate is waited for.
///
/// Source: ours; a greeting.
pub const MAX_GREETING_BYTES: usize = 64 * 1024;

/// Connections in which one service is asked what it takes, those that are made again left out.
///
/// Source: ours. A server with everything on takes some hundred and fifty: each suite, group and signature costs one.
pub const MAX_CONNECTIONS: usize = 200;

/// Connections that are made again, because there was no answer.
///
/// Source: ours; as many again.
pub const MAX_AGAIN: usize = 200;

/// How long is waited between two connections.
///
/// Source: ours; with it a service has at most a few hundred handshakes in some seconds, none of them finished.
pub const PAUSE: Duration = Duration::from_millis(5);

/// How long the end of a service is waited for to which we have told ours, each time that it says something; twice as long
/// as its handshake took, where that is longer.
///
/// Source: ours; tickets come with the end of the handshake, and most services end when their client does.
pub const LEAVE: Duration = Duration::from_millis(100);
