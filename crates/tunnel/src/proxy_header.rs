//! Headers of the PROXY protocol: who really called, said by whoever passed the connection on.
//!
//! Pure: bytes go in as they come, in pieces of any size, and a header comes out; and a header becomes bytes. A
//! [`Reader`] says how many bytes may be read, so that nothing behind the header is ever taken from the stream.
//!
//! Whether a header may come is a matter of settings alone, never of what came: whoever may choose could pass for
//! anybody. Invariant: what is read is whole and within its limits, or refused by name.
//!
//! Source: "The PROXY protocol", versions 1 and 2, of HAProxy (`doc/proxy-protocol.txt`).

mod crc32c;
mod v1;
mod v2;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use trustpack_tls::hello::FirstBytes;

/// Bytes of a line of version 1 with its end.
///
/// Source: section 2.1: the longest line that there can be.
pub const MAX_V1_BYTES: usize = 107;

/// Bytes of a header of version 2.
///
/// Source: what nginx takes (`NGX_PROXY_PROTOCOL_MAX_HEADER`); the protocol itself allows 65551.
pub const MAX_V2_BYTES: usize = 4096;

/// The shortest line of version 1: `PROXY UNKNOWN` and its end.
const MIN_V1_BYTES: usize = 15;

/// A version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// A line of text.
    V1,
    /// Binary, with facts beyond the addresses.
    V2,
}

/// Which versions are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Accepted {
    /// This one.
    Only(Version),
    /// Either.
    Any,
}

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Between whom the connection really is.
    pub route: Route,
    /// What else is known of it; version 1 has no room for that.
    pub facts: Facts,
}

/// Between whom a connection really is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Between the two that speak: nothing was passed on (as for a health check), or it is not known from whom.
    Direct,
    /// From one address to another. Both are of one family.
    Tcp {
        /// Who called.
        source: SocketAddr,
        /// Where it called.
        destination: SocketAddr,
    },
    /// Through UNIX sockets with these names, which are at most 108 bytes long and mostly paths.
    Unix {
        /// Who called; mostly empty.
        source: Box<[u8]>,
        /// Where it called.
        destination: Box<[u8]>,
    },
}

/// What is known of a connection beyond its ends. Texts are of others, and kept as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The protocol that was agreed on (ALPN).
    pub protocol: Option<Box<[u8]>>,
    /// The host that the client asked for (SNI).
    pub authority: Option<Box<[u8]>>,
    /// A number for the connection by whoever passed it on.
    pub unique_id: Option<Box<[u8]>>,
    /// What is known of its TLS; none if it had none.
    pub tls: Option<Box<TlsFacts>>,
}

/// What is known of the TLS of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFacts {
    /// Whether the client presented a certificate.
    pub presented: Presented,
    /// What became of it.
    pub verified: Verified,
    /// As OpenSSL names it: `TLSv1.3`.
    pub version: Option<Box<[u8]>>,
    /// The common name of the client's certificate.
    pub common_name: Option<Box<[u8]>>,
    /// The cipher suite, as OpenSSL names it.
    pub cipher: Option<Box<[u8]>>,
    /// The algorithm that signed the server's certificate, such as `RSA-SHA256`.
    pub signature: Option<Box<[u8]>>,
    /// The kind of the server's key with its size, such as `RSA2048`.
    pub key: Option<Box<[u8]>>,
}

/// Whether a client presented a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    /// No.
    Never,
    /// When the session was made, which this connection goes on with.
    InSession,
    /// On this connection.
    Now,
}

/// What became of a client's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// It was there and is good.
    Yes,
    /// It was not there, or not asked for, or is not good.
    No,
}

/// Why bytes are no header that is taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHeader {
    /// Something else.
    #[error("no PROXY header: it began with '{start}'")]
    Other {
        /// The first bytes.
        start: FirstBytes,
    },
    /// A version that is not taken here.
    #[error("a PROXY header of version {found}; taken here is {accepted}")]
    Version {
        /// The version of the header.
        found: Version,
        /// What is taken.
        accepted: Accepted,
    },
    /// A line without an end.
    #[error("a PROXY header whose line has no end after {MAX_V1_BYTES} bytes, which is the limit")]
    LineTooLong,
    /// A line that is not as it must be.
    #[error("a PROXY header whose line is wrong in its {0}")]
    Line(LinePart),
    /// A version beyond 2, or a command that there is not.
    #[error("a PROXY header of version {} with command {}; there are version 2 with 0 and 1", .found >> 4, .found & 15)]
    Command {
        /// The byte that says both.
        found: u8,
    },
    /// A family or transport that there is not.
    #[error("a PROXY header of family {} with transport {}; there are 0 to 3 and 0 to 2", .found >> 4, .found & 15)]
    Family {
        /// The byte that says both.
        found: u8,
    },
    /// The header is too long.
    #[error("a PROXY header of {bytes} bytes; at most {MAX_V2_BYTES} are allowed")]
    TooLong {
        /// What it says of itself.
        bytes: usize,
    },
    /// The addresses do not fit into it.
    #[error("a PROXY header with {bytes} bytes behind its beginning; its addresses need {needed}")]
    AddressesCut {
        /// What it says of itself.
        bytes: usize,
        /// What its family needs.
        needed: usize,
    },
    /// A fact that does not fit into it.
    #[error("a PROXY header whose fact of type {kind:#04x} does not fit into it")]
    FactCut {
        /// The type of the fact.
        kind: u8,
    },
    /// Its checksum is of other bytes.
    #[error("a PROXY header whose checksum is {said:08x}, but that of its bytes is {is:08x}")]
    Checksum {
        /// What it says.
        said: u32,
        /// What it is.
        is: u32,
    },
}

/// A part of a line of version 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinePart {
    /// The word after `PROXY`.
    Transport,
    /// An address.
    Address,
    /// A port.
    Port,
    /// What stands behind the last port.
    End,
}

/// Collects the bytes of a header.
#[derive(Debug)]
pub struct Reader {
    accepted: Accepted,
    bytes: Vec<u8>,
}

/// What came of bytes that were given to a [`Reader`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// They are not all.
    NeedsMore,
    /// The header is there.
    Done(Box<Header>),
}

impl Reader {
    /// Nothing read so far.
    #[must_use]
    pub fn new(accepted: Accepted) -> Self {
        let bytes = Vec::new();
        Self { accepted, bytes }
    }

    /// How many bytes of the stream belong to the header for sure: so many may be read and given, and not one more.
    #[must_use]
    pub fn room(&self) -> usize {
        let needed = match self.version() {
            None => match self.accepted {
                Accepted::Only(Version::V2) => v2::START_BYTES,
                Accepted::Only(Version::V1) | Accepted::Any => MIN_V1_BYTES,
            },
            Some(Version::V1) => v1::needed(&self.bytes),
            Some(Version::V2) => v2::needed(&self.bytes),
        };
        needed.saturating_sub(self.bytes.len())
    }

    /// Whether nothing was given yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes the next bytes, of which there may be as many as [`Self::room`] says; more are not looked at.
    ///
    /// # Errors
    ///
    /// [`InvalidHeader`], as soon as it is clear. No more bytes are to be given then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Progress, InvalidHeader> {
        let bytes = bytes.get(..self.room()).unwrap_or(bytes);
        self.bytes.extend_from_slice(bytes);
        let Some(version) = self.version() else {
            return Ok(Progress::NeedsMore);
        };
        let signature: &[u8] = match version {
            Version::V1 => v1::SIGNATURE,
            Version::V2 => &v2::SIGNATURE,
        };
        let length = self.bytes.len().min(signature.len());
        if self.bytes.get(..length) != signature.get(..length) {
            let start = FirstBytes::of(&self.bytes);
            return Err(InvalidHeader::Other { start });
        }
        if let Accepted::Only(only) = self.accepted
            && only != version
        {
            return Err(InvalidHeader::Version {
                found: version,
                accepted: self.accepted,
            });
        }
        let header = match version {
            Version::V1 => v1::read(&self.bytes),
            Version::V2 => v2::read(&self.bytes),
        }?;
        Ok(header.map_or(Progress::NeedsMore, |header| {
            Progress::Done(Box::new(header))
        }))
    }

    /// What the first byte says; what begins otherwise is refused as version 1.
    fn version(&self) -> Option<Version> {
        let first = self.bytes.first()?;
        Some(if v2::SIGNATURE.first() == Some(first) {
            Version::V2
        } else {
            Version::V1
        })
    }
}

impl Header {
    /// The header as it is sent. What does not fit into the version is left out.
    #[must_use]
    pub fn to_bytes(&self, version: Version) -> Vec<u8> {
        match version {
            Version::V1 => v1::write(&self.route),
            Version::V2 => v2::write(self),
        }
    }
}

impl Route {
    /// From one address to another. If they are of different families, the IPv4 one is written as IPv6.
    ///
    /// Source: RFC 4291 section 2.5.5.2 for addresses of IPv4 in IPv6.
    #[must_use]
    pub fn tcp(source: SocketAddr, destination: SocketAddr) -> Self {
        let (from, to) = (source.ip().to_canonical(), destination.ip().to_canonical());
        let (from, to) = match (from, to) {
            (IpAddr::V4(from), IpAddr::V6(_)) => (from.to_ipv6_mapped().into(), to),
            (IpAddr::V6(_), IpAddr::V4(to)) => (from, to.to_ipv6_mapped().into()),
            (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)) => (from, to),
        };
        Self::Tcp {
            source: SocketAddr::new(from, source.port()),
            destination: SocketAddr::new(to, destination.port()),
        }
    }
}

/// A word for versions of the protocol that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it must be {0}")]
pub struct InvalidWord(&'static str);

impl FromStr for Version {
    type Err = InvalidWord;

    fn from_str(text: &str) -> Result<Self, InvalidWord> {
        match text {
            "v1" => Ok(Self::V1),
            "v2" => Ok(Self::V2),
            _ => Err(InvalidWord("v1 or v2")),
        }
    }
}

impl FromStr for Accepted {
    type Err = InvalidWord;

    fn from_str(text: &str) -> Result<Self, InvalidWord> {
        match (text, text.parse()) {
            ("any", _) => Ok(Self::Any),
            (_, Ok(version)) => Ok(Self::Only(version)),
            (_, Err(_)) => Err(InvalidWord("v1, v2 or any")),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1 => "1",
            Self::V2 => "2",
        })
    }
}

impl fmt::Display for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Only(version) => version.fmt(f),
            Self::Any => f.write_str("1 or 2"),
        }
    }
}

impl fmt::Display for LinePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Transport => "second word, which must be TCP4, TCP6 or UNKNOWN",
            Self::Address => "addresses",
            Self::Port => "ports",
            Self::End => "end, which must be CR LF behind the second port",
        })
    }
}
