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
    /// To wait, after a handshake in which the server asked for a certificate, for what it says to that.
    pub verdict: Duration,
}

/// Source: ours; a host that does not answer a SYN within five seconds is not there for its clients either.
const CONNECT: Duration = Duration::from_secs(5);

/// Source: ours. A server that accepts answers our end with its own at once; one that refuses says so with an alert. This
/// is for those that do neither.
const VERDICT: Duration = Duration::from_secs(1);

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
