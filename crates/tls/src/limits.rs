//! What a peer can make us do in a handshake, and where each limit comes from.
//!
//! Two more limits are the engine's: a handshake message has at most 64 KiB, the certificates of a
//! peer included, and a record at most 18 KiB (RFC 8446 section 5.2).

use std::time::Duration;

/// Certificates that a peer may send, its own included.
///
/// Source: the depth to which OpenSSL verifies by default (100).
pub const MAX_SENT_CERTIFICATES: usize = 100;

/// Bytes of a client's hello, the headers of its records included. Whoever sends more is refused before it is read on:
/// half a hello costs its sender nothing, and us this much.
///
/// Source: a hello with a post-quantum key has about 2 KiB, the largest session of ours that it may offer 16 KiB; Envoy's
/// inspector of hellos takes 16 KiB.
pub const MAX_HELLO_BYTES: usize = 24 * 1024;

/// Bytes in a record that is not encrypted, its header not counted.
///
/// Source: RFC 8446 section 5.1; RFC 5246 section 6.2.1: 2^14, and never none in a handshake.
pub const MAX_RECORD_BYTES: usize = 1 << 14;

/// Bytes that are read or enciphered at once. Each thread has one such buffer, and a connection one of its own only while
/// somebody does not take what is in it.
///
/// Source: measured: each call of the system wakes somebody, which costs more than copying; with 64 KiB a byte that is sent
/// takes a quarter more processor time. A socket that nobody reads from holds some megabytes in the kernel beside it.
pub const PIECE_BYTES: usize = 256 * 1024;

/// Bytes that are kept of what a peer sent, because a message or a record has not come to its end.
///
/// The engine has done with a flight when one of its messages ends with a record. So it is all that a server says at once:
/// the names of its CAs and its certificates, each in a message of its own.
///
/// Source: two of the largest messages that the engine takes, 64 KiB, and room for what is around them in their records.
pub const MAX_KEPT_BYTES: usize = (2 * 64 + 8) * 1024;

/// Bytes that a peer may send after the handshake, one after the other, without any data in them: tickets, changes of keys,
/// empty records.
///
/// Source: ours; more than fifteen tickets of the 64 KiB that the engine takes at most, and some thousands of usual ones.
pub const MAX_BYTES_WITHOUT_DATA: usize = 1 << 20;

/// How long a handshake may take from its first byte to its end, unless told otherwise.
///
/// Source: Go's `net/http` takes 10 s for a TLS handshake by default.
pub const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a refused peer is listened to, so that our alert reaches it before the connection ends.
///
/// Source: ours; an alert needs one way through the network.
pub const LINGER: Duration = Duration::from_secs(1);

/// Bytes that are read from a refused peer and thrown away meanwhile.
///
/// Source: ours; the rest of a handshake, which has at most 64 KiB a message.
pub const LINGER_BYTES: usize = 128 * 1024;

/// Bytes of CA names that a server sends with its demand for a client certificate. With more, none
/// are sent, which means that any CA will do.
///
/// Source: ours; half of the 64 KiB that the list may have by RFC 8446 section 4.2.4, because many
/// clients allow no more for the whole message.
pub const MAX_HINT_BYTES: usize = 32 * 1024;

/// The first bytes of a peer that are kept to say what it spoke instead of TLS.
///
/// Source: ours; enough for `GET / HTTP/1.1`.
pub const FIRST_BYTES: usize = 16;

/// Bytes that are read of a server whose certificates are only to be shown.
///
/// Source: ours; four messages of the 64 KiB that the engine allows for one.
pub const MAX_PRESENTED_BYTES: usize = 256 * 1024;
