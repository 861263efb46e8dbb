//! A client's hello: whether its structure is whole, and what it says of itself.
//!
//! Not here: whether it can be answered. Invariant: a [`ClientHello`] was read to its last byte.

use std::collections::BTreeSet;
use std::fmt;

use trustpack_x509::dns::DnsName;

use super::fields::Fields;
use super::{BrokenHello, CLIENT_HELLO, HANDSHAKE, MESSAGE_HEADER_BYTES, RECORD_HEADER_BYTES};

/// What a client's hello says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientHello {
    /// Whom the client wants to speak to (SNI), if it says so and it is the name of a host.
    pub server_name: Option<DnsName>,
    /// The versions that it offers, in its order.
    pub versions: Vec<Version>,
    /// The protocols above TLS that it offers (ALPN), in its order.
    pub protocols: Vec<ProtocolName>,
    /// How many bytes it has, headers of its records included.
    pub size_bytes: usize,
}

/// A version as it is written in hellos.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u16);

/// The name of a protocol above TLS; shown escaped. Source: RFC 7301 section 3.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtocolName(Box<[u8]>);

/// A part of a hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `legacy_version`.
    Version,
    /// `random`.
    Random,
    /// `legacy_session_id`.
    SessionId,
    /// `cipher_suites`.
    CipherSuites,
    /// `legacy_compression_methods`.
    CompressionMethods,
    /// The list of extensions.
    Extensions,
    /// `server_name`.
    ServerName,
    /// `supported_versions`.
    SupportedVersions,
    /// `application_layer_protocol_negotiation`.
    Protocols,
}

/// Source: RFC 8446 section 4.1.2.
const RANDOM_BYTES: usize = 32;
/// Octets of the session ID of a hello.
///
/// Source: RFC 8446 section 4.1.2.
const MAX_SESSION_ID_BYTES: usize = 32;

/// Source: IANA's registry of TLS extensions.
const SERVER_NAME: u16 = 0;
/// Source: IANA's registry of TLS extensions.
const PROTOCOLS: u16 = 16;
/// Source: IANA's registry of TLS extensions.
const SUPPORTED_VERSIONS: u16 = 43;

impl ClientHello {
    /// Reads the body of the message.
    ///
    /// Source: RFC 8446 section 4.1.2, which keeps the structure of RFC 5246 section 7.4.1.2.
    pub(super) fn read(body: &[u8], size_bytes: usize) -> Result<Self, BrokenHello> {
        let mut fields = Fields(body);
        let broken = |part| move || BrokenHello::Part(part);
        // Any number may stand here: a client of TLS 1.2 says its highest version, and one of TLS 1.3 nothing that counts
        // (RFC 5246 appendix E.1, RFC 8446 section 4.2.1).
        let version = fields.number().ok_or_else(broken(Part::Version))?;
        fields.take(RANDOM_BYTES).ok_or_else(broken(Part::Random))?;
        let session = fields.short().filter(|id| id.len() <= MAX_SESSION_ID_BYTES);
        session.ok_or_else(broken(Part::SessionId))?;
        let suites = fields.long().filter(|suites| is_list_of_numbers(suites));
        suites.ok_or_else(broken(Part::CipherSuites))?;
        let methods = fields.short().filter(|methods| !methods.is_empty());
        methods.ok_or_else(broken(Part::CompressionMethods))?;
        let mut hello = Self {
            server_name: None,
            versions: vec![Version(version)],
            protocols: Vec::new(),
            size_bytes,
        };
        // The list may be absent altogether (RFC 5246 section 7.4.1.2).
        if !fields.is_empty() {
            let extensions = fields.long().ok_or_else(broken(Part::Extensions))?;
            fields.end().ok_or_else(broken(Part::Extensions))?;
            hello.read_extensions(Fields(extensions))?;
        }
        Ok(hello)
    }

    fn read_extensions(&mut self, mut list: Fields<'_>) -> Result<(), BrokenHello> {
        let mut seen = BTreeSet::new();
        while !list.is_empty() {
            let one = list.number().zip(list.long());
            let (number, value) = one.ok_or(BrokenHello::Part(Part::Extensions))?;
            // Source: RFC 8446 section 4.2.
            if !seen.insert(number) {
                return Err(BrokenHello::Twice { number });
            }
            match number {
                SERVER_NAME => {
                    let name = server_name(Fields(value));
                    self.server_name = name.ok_or(BrokenHello::Part(Part::ServerName))?;
                }
                SUPPORTED_VERSIONS => {
                    let versions = versions(Fields(value));
                    self.versions = versions.ok_or(BrokenHello::Part(Part::SupportedVersions))?;
                }
                PROTOCOLS => {
                    let protocols = protocols(Fields(value));
                    self.protocols = protocols.ok_or(BrokenHello::Part(Part::Protocols))?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The host name of the list; what is no name of a host counts as none.
///
/// Source: RFC 6066 section 3: a list that is not empty, of names with a type. What a name of another type than 0, a host
/// name, looks like is not defined, so that nothing after one can be read.
fn server_name(mut fields: Fields<'_>) -> Option<Option<DnsName>> {
    let mut list = Fields(fields.long().filter(|list| !list.is_empty())?);
    fields.end()?;
    let mut found = None;
    while !list.is_empty() && list.octet()? == 0 {
        let name = list.long().filter(|name| !name.is_empty())?;
        if found.is_none() {
            found = std::str::from_utf8(name)
                .ok()
                .and_then(|name| name.parse().ok());
        }
    }
    Some(found)
}

/// Source: RFC 8446 section 4.2.1. Values that mean nothing (RFC 8701) are left out.
fn versions(mut fields: Fields<'_>) -> Option<Vec<Version>> {
    let list = fields.short().filter(|list| is_list_of_numbers(list))?;
    fields.end()?;
    let mut list = Fields(list);
    let mut versions = Vec::new();
    while let Some(version) = list.number() {
        if !is_grease(version) {
            versions.push(Version(version));
        }
    }
    Some(versions)
}

/// Source: RFC 7301 section 3.1: a list that is not empty, of names that are not empty.
fn protocols(mut fields: Fields<'_>) -> Option<Vec<ProtocolName>> {
    let mut list = Fields(fields.long().filter(|list| !list.is_empty())?);
    fields.end()?;
    let mut protocols = Vec::new();
    while !list.is_empty() {
        let name = list.short().filter(|name| !name.is_empty())?;
        protocols.push(ProtocolName(name.into()));
    }
    Some(protocols)
}

fn is_list_of_numbers(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.len().is_multiple_of(2)
}

/// Source: RFC 8701 section 2: two equal octets that end in the hexadecimal digit A.
fn is_grease(value: u16) -> bool {
    let [high, low] = value.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

impl Version {
    /// The highest version of a client, by the start of its hello, if it is below TLS 1.2. A client of 1.2 or later says
    /// 1.2 there, so that its extensions are not asked. Of a hello in records too short for that nothing is said here:
    /// where its version stands there is the header of another record.
    ///
    /// Source: RFC 5246 section 7.4.1.2; RFC 8446 section 4.1.2; the headers as in the module above.
    #[must_use]
    pub fn below_tls12(start: &[u8; Self::TOLD_AFTER_BYTES]) -> Option<Self> {
        match *start {
            [
                HANDSHAKE,
                3,
                _,
                high,
                low,
                CLIENT_HELLO,
                _,
                _,
                _,
                3,
                minor @ 0..=2,
            ] if usize::from(u16::from_be_bytes([high, low])) >= Self::TOLD_AFTER_FRAGMENT => {
                Some(Self(u16::from_be_bytes([3, minor])))
            }
            _ => None,
        }
    }

    /// The bytes of the first record up to the version, without its header.
    const TOLD_AFTER_FRAGMENT: usize = MESSAGE_HEADER_BYTES + 2;

    /// The bytes of a hello up to its version, which included.
    pub(crate) const TOLD_AFTER_BYTES: usize = RECORD_HEADER_BYTES + Self::TOLD_AFTER_FRAGMENT;
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0x0300 => f.write_str("SSL 3.0"),
            0x0301 => f.write_str("TLS 1.0"),
            0x0302 => f.write_str("TLS 1.1"),
            0x0303 => f.write_str("TLS 1.2"),
            0x0304 => f.write_str("TLS 1.3"),
            other => write!(f, "0x{other:04x}"),
        }
    }
}

impl ProtocolName {
    pub(crate) fn new(name: &[u8]) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for ProtocolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Version => "version",
            Self::Random => "random",
            Self::SessionId => "session id",
            Self::CipherSuites => "list of cipher suites",
            Self::CompressionMethods => "list of compression methods",
            Self::Extensions => "list of extensions",
            Self::ServerName => "extension server_name",
            Self::SupportedVersions => "extension supported_versions",
            Self::Protocols => "extension application_layer_protocol_negotiation",
        })
    }
}
