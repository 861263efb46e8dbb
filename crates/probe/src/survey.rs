//! What a service takes, also what no engine of today speaks: versions, suites, groups, signatures and more, each with
//! what it means.
//!
//! Hellos of our own ([`hello`]) and the first flight of the answer ([`answer`]): no key is agreed on, so that nothing but
//! what stands in clear is learnt. Each answer names one choice of the server; that is left out of the next hello until
//! the server refuses. Invariant: one connection at a time, with a pause, and never more than a limit.

pub mod answer;
pub mod asking;
pub mod hello;
pub mod meaning;
pub mod names;
pub mod suites;

use std::fmt;

use crate::survey::names::{Group, Signature, Version};
use crate::survey::suites::Suite;

/// What a service takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// The versions that it takes, the newest first, each with its suites in the order in which it chose them.
    pub versions: Vec<OfVersion>,
    /// The groups in which it agrees on keys, in the order in which it chose them.
    pub groups: Vec<Group>,
    /// Bits of the number group of suites with DHE, if it has such.
    pub number_group_bits: Option<usize>,
    /// With what it signs handshakes of TLS 1.2.
    pub signatures: Vec<Signature>,
    /// What stands in an answer of TLS 1.2 or older; `None` if it takes none of these.
    pub older: Option<Older>,
    /// Whether a client that names no host, or another one, is shown another certificate.
    pub name: NameEffect,
    /// The protocols above TLS that it takes (ALPN), of those that were offered.
    pub protocols: Vec<&'static str>,
    /// Connections that were made.
    pub connections: usize,
    /// Whether the limit of connections ended it.
    pub cut_short: CutShort,
}

/// A version, and its suites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfVersion {
    /// The version.
    pub version: Version,
    /// Its suites, in the order in which the server chose them.
    pub suites: Vec<Suite>,
    /// Who decides which of the common ones is used.
    pub decides: Decides,
}

/// Who decides which suite is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decides {
    /// The server has an order of its own.
    Server,
    /// The server takes the first of the client.
    Client,
    /// Too few to tell.
    NotSeen,
}

/// What an answer of TLS 1.2 or older shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Older {
    /// Whether data is compressed, which lets secrets be guessed (CRIME).
    pub compression: Compression,
    /// Whether renegotiation is protected (RFC 5746).
    pub renegotiation: Protection,
    /// Whether the key is bound to the whole handshake (RFC 7627).
    pub master_secret: Protection,
}

/// Whether data is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// Whether something is protected as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// It is.
    There,
    /// It is not.
    Missing,
}

/// What the name that a client asks for (SNI) changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameEffect {
    /// Every client is shown the same certificate.
    Same,
    /// A client that names no host is shown another one.
    Another,
    /// A client that names no host is refused.
    Refused,
    /// It was not seen.
    #[default]
    NotSeen,
}

/// Whether everything was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CutShort {
    /// It was.
    #[default]
    No,
    /// The limit of connections was reached.
    Yes,
}

impl fmt::Display for NameEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Same => "the same certificate with and without a name",
            Self::Another => "another certificate without a name",
            Self::Refused => "nothing without a name",
            Self::NotSeen => "not seen",
        })
    }
}
