//! What peers and programs can make a tunnel do, and where each limit comes from.
//!
//! Invariant: whatever waits for somebody else waits for a limited time.

use std::time::Duration;

/// Bytes that are read at once. Each thread that carries connections has one such buffer, and a connection one of its
/// own only while its receiver is slower than its sender.
///
/// Source: ours; fifteen whole records of TLS, less than what the library enciphers at once, so that a piece is one call of
/// the system. With 256 KiB each piece would end in a segment of a few hundred bytes on the way through this machine, whose
/// segments have 64 KiB.
pub const BUFFER_BYTES: usize = 240 * 1024;

/// How long a connection attempt to one address may take, unless told otherwise; so long may a program take until it has
/// taken its PROXY header.
///
/// Source: ours; three attempts of TCP to send its first packet (RFC 6298: after 1 s and 2 s more).
pub const CONNECT: Duration = Duration::from_secs(10);

/// How long all attempts for one caller may take together: looking the name up, and one address after the other.
///
/// Source: ours; three addresses that do not answer. Most programs have given up by then.
pub const REACH: Duration = Duration::from_secs(30);

/// How long a caller waits for room: before its handshake, and after it for a place among the connections.
///
/// Source: ours; most programs have given up by then. HAProxy lets callers wait for as long as it tries to connect
/// (`timeout queue`).
pub const ROOM: Duration = Duration::from_secs(30);

/// Connections at once in one process, unless told otherwise. Further ones wait in the queue of the
/// listening socket.
///
/// Source: ours; at about 20 KiB each this is 200 MiB.
pub const CONNECTIONS: usize = 10_000;

/// Callers at once that have not made their handshake yet: one for each so many of the connections that there may be, and at
/// least [`HANDSHAKES_AT_LEAST`].
///
/// Source: ours; whoever opens connections and says nothing takes this room, and not that of the connections. A larger one
/// would not keep out who floods, and where few files may be open it leaves less for connections: of 20,000 a fourth takes
/// 2,000 connections, a tenth 900.
pub const CONNECTIONS_PER_HANDSHAKE: usize = 10;

/// Callers at once that have not made their handshake yet, however few connections there may be.
///
/// Source: ours; as many as one processor serves in a tenth of a second.
pub const HANDSHAKES_AT_LEAST: usize = 64;

/// How long connections may go on after the process was told to stop, unless told otherwise.
///
/// Source: ours; well below the 90 s after which systemd kills a service.
pub const DRAIN: Duration = Duration::from_secs(30);

/// How long connections may go on after another process has taken over, unless told otherwise: until they end by
/// themselves.
///
/// Source: ours, as HAProxy without `hard-stop-after`: a restart cuts nobody.
pub const DRAIN_AFTER_TAKE_OVER: Option<Duration> = None;

/// How long nothing may move on a connection of which one end has said that it is done, unless a limit was set for all. The
/// other may need long for its answer; one that hangs must not hold a place for ever.
///
/// Source: the limit that nginx has by default for every connection of its `stream` module (`proxy_timeout`).
pub const HALF_CLOSED: Duration = Duration::from_secs(10 * 60);

/// How long nothing may move on a connection after one end takes nothing any more, for what that end may have said before.
///
/// Source: ours; what it said is in the system's buffers already.
pub const LAST_WORDS: Duration = Duration::from_secs(10);

/// Between two looks whether an end is still there from which nothing is read, since the other end takes nothing.
///
/// Source: ours; a look asks the runtime and not the system, but wakes the task of each connection whose receiver is slow.
pub const LOOK: Duration = Duration::from_secs(10);

/// How long the ticket for a client waits for data to go with.
///
/// Source: ours; most programs have answered by then. Who comes again sooner makes a full handshake, and so does who was let go
/// of since the program could not be reached.
pub const TICKET: Duration = Duration::from_millis(100);

/// Callers that the system lets wait in the queue of a listening socket, if it is not set to fewer (`somaxconn`).
///
/// Source: what Linux allows unless told otherwise since 5.4; with the usual 128 of programs, many who come back at once are
/// put off for a second and more.
pub const QUEUE: u32 = 4096;

/// First pause after a failed accept, and the longest; it doubles from one to the other.
///
/// Source: the values of Go's `net/http` server, with a shorter longest pause.
pub const ACCEPT_PAUSE: (Duration, Duration) =
    (Duration::from_millis(5), Duration::from_millis(500));

/// After how long without a word a TCP peer is asked whether it is still there, how long it is waited between two such
/// questions, and after how many without an answer the connection is over.
///
/// Source: ours; a peer that is gone without a word is noticed within two minutes, and the ways through firewalls stay
/// open, which forget after five to sixty.
pub const KEEPALIVE: (Duration, Duration, u32) =
    (Duration::from_secs(60), Duration::from_secs(10), 6);

/// Host names that are looked up at once on one thread that carries connections; further ones wait. Each takes a thread of
/// the system's resolver.
///
/// Source: ours; with a resolver that answers within a millisecond more names a second than connections can be made.
pub const LOOKUPS_AT_ONCE: usize = 64;

/// The limits of the tunnels of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long connecting to one address may take.
    pub connect: Duration,
    /// How long connecting to all addresses of a target may take together.
    pub reach: Duration,
    /// How long a caller waits for room.
    pub room: Duration,
    /// After how long without a byte in either direction a connection is closed; never if `None`.
    /// It is noticed at the latest after twice this time.
    pub idle: Option<Duration>,
    /// How many connections there may be at once.
    pub connections: usize,
    /// How long connections may go on after the stop.
    pub drain: Duration,
    /// The same after another process has taken over; until they end if `None`.
    pub drain_after_take_over: Option<Duration>,
}

impl Limits {
    /// How many callers there may be that have not made their handshake yet.
    #[must_use]
    pub fn handshakes(&self) -> usize {
        (self.connections / CONNECTIONS_PER_HANDSHAKE).max(HANDSHAKES_AT_LEAST)
    }

    /// The same at one tunnel: half of them, so that who floods it leaves room for the others.
    #[must_use]
    pub fn handshakes_of_one_tunnel(&self) -> usize {
        (self.handshakes() / 2).max(1)
    }

    /// How many sockets that may be at once: two for each connection, and for each caller.
    #[must_use]
    pub fn sockets(&self) -> usize {
        let pairs = self.connections.saturating_add(self.handshakes());
        pairs.saturating_mul(2)
    }

    /// As many connections as so many sockets are enough for, at least one.
    #[must_use]
    pub fn within_sockets(self, sockets: usize) -> Self {
        let pairs = sockets / 2;
        let parts = CONNECTIONS_PER_HANDSHAKE.saturating_add(1);
        let shared = (pairs / parts).saturating_mul(CONNECTIONS_PER_HANDSHAKE);
        let connections = shared.min(pairs.saturating_sub(HANDSHAKES_AT_LEAST)).max(1);
        Self {
            connections,
            ..self
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake: trustpack_tls::limits::HANDSHAKE,
            connect: CONNECT,
            reach: REACH,
            room: ROOM,
            // Fleets keep quiet connections open for days; whoever wants a limit says so.
            idle: None,
            connections: CONNECTIONS,
            drain: DRAIN,
            drain_after_take_over: DRAIN_AFTER_TAKE_OVER,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sockets: usize, connections: usize, handshakes: usize) {
        let limits = Limits::default().within_sockets(sockets);
        assert_eq!(
            (limits.connections, limits.handshakes()),
            (connections, handshakes)
        );
        assert!(connections == 1 || limits.sockets() <= sockets);
    }

    #[test]
    fn as_many_connections_as_there_are_sockets_for() {
        check(0, 1, 64);
        check(100, 1, 64);
        check(200, 36, 64);
        check(924, 398, 64);
        check(22_000, 10_000, 1_000);
    }
}
