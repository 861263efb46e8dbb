//! How much of the files of an endpoint is read, and how far clocks may differ.
//!
//! Invariant: a file is never read past its limit.

use std::time::Duration;

/// Largest file of certificates that is read, in bytes.
///
/// Source: ours, the same as the reader of certificates has. The roots of Debian's
/// `ca-certificates` are 230 kB.
pub const MAX_CERTIFICATES_BYTES: usize = 32 * 1024 * 1024;

/// Largest file with a private key that is read, in bytes.
///
/// Source: ours, the same as the reader of keys has. An RSA key of 8192 bits is 6.4 kB as PEM.
pub const MAX_KEY_BYTES: usize = 4 * 1024 * 1024;

/// Largest file with a password that is read, in bytes.
///
/// Source: ours; one line that a person or a generator made.
pub const MAX_PASSWORD_BYTES: usize = 4 * 1024;

/// Longest chain that is built for sending, own certificate and root included.
///
/// Source: what the judge of the other end allows between leaf and root, with both.
pub const MAX_CHAIN: usize = trustpack_judge::limits::MAX_INTERMEDIATES + 2;

/// Largest chain that is sent, in bytes, with the lengths that stand before each certificate.
///
/// Source: what our own engine takes of a peer in one message of the handshake, and Go's `crypto/tls`
/// (`maxHandshake`): 64 KiB but one.
pub const MAX_CHAIN_BYTES: usize = 64 * 1024 - 1;

/// Chains that are larger than this are not taken by some peers, in bytes.
///
/// Source: the default of Java's `jdk.tls.maxHandshakeMessageSize`.
pub const LARGE_CHAIN_BYTES: usize = 32 * 1024;

/// Signatures that are verified while a chain is put in order.
///
/// Source: ours. A chain has at most ten; the file may hold renewals and CAs of one name beside it.
pub const MAX_SIGNATURE_CHECKS: u32 = 200;

/// Largest file of revocation lists that is read, in bytes.
///
/// Source: what the reader of files of any format takes at most; a list of a million certificates is 40 MB.
pub const MAX_LISTS_BYTES: usize = 64 * 1024 * 1024;

/// Largest key store that is read, in bytes.
///
/// Source: ours, the same as for a file of certificates, since a trust store holds nothing else.
pub const MAX_STORE_BYTES: usize = MAX_CERTIFICATES_BYTES;

/// Largest list of accounts or groups of a host that is read, in bytes.
///
/// Source: ours; a hundred thousand accounts of 80 bytes.
pub const MAX_ACCOUNTS_BYTES: usize = 8 * 1024 * 1024;

/// For how long a list that was made in the future, by the clock here, is waited for.
///
/// Source: RFC 4120 section 8.2, the difference between two clocks that Kerberos takes for usual.
pub const MAX_CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);
