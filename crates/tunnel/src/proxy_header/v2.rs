//! Version 2: binary, with facts as type, length and value.
//!
//! Source: section 2.2 of the protocol. Invariant: a header is read only when all of it is there.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{
    Facts, Header, InvalidHeader, MAX_V2_BYTES, Presented, Route, TlsFacts, Verified, crc32c,
};

/// How a header begins.
pub(super) const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// Signature, command, family and length.
pub(super) const START_BYTES: usize = 16;

const COMMAND_LOCAL: u8 = 0x20;
const COMMAND_PROXY: u8 = 0x21;

const UNSPECIFIED: u8 = 0x00;
const TCP4: u8 = 0x11;
const TCP6: u8 = 0x21;
const UNIX_STREAM: u8 = 0x31;

/// The name of a UNIX socket has so many bytes, those that are not used are zero.
const UNIX_BYTES: usize = 108;

/// Types of facts.
mod kind {
    pub(super) const ALPN: u8 = 0x01;
    pub(super) const AUTHORITY: u8 = 0x02;
    pub(super) const CRC32C: u8 = 0x03;
    pub(super) const UNIQUE_ID: u8 = 0x05;
    pub(super) const SSL: u8 = 0x20;
    pub(super) const SSL_VERSION: u8 = 0x21;
    pub(super) const SSL_CN: u8 = 0x22;
    pub(super) const SSL_CIPHER: u8 = 0x23;
    pub(super) const SSL_SIG_ALG: u8 = 0x24;
    pub(super) const SSL_KEY_ALG: u8 = 0x25;
}

/// Flags of the field `client` of a fact of type SSL.
mod client {
    pub(super) const SSL: u8 = 1;
    pub(super) const CERT_CONN: u8 = 2;
    pub(super) const CERT_SESS: u8 = 4;
}

/// Bytes of a fact that is sent; a longer one is left out.
///
/// Source: the longest host name has 253, the longest name of a protocol 255 (RFC 7301 section 3.1).
const MAX_FACT_BYTES: usize = 255;

/// How many bytes there are at least, of which these have come.
pub(super) fn needed(bytes: &[u8]) -> usize {
    match start(bytes) {
        Some(start) => START_BYTES.saturating_add(start.length),
        None => START_BYTES,
    }
}

struct Start {
    command: u8,
    family: u8,
    /// Of what follows.
    length: usize,
}

fn start(bytes: &[u8]) -> Option<Start> {
    let &[.., command, family, high, low] = bytes.first_chunk::<START_BYTES>()?;
    let length = usize::from(u16::from_be_bytes([high, low]));
    Some(Start {
        command,
        family,
        length,
    })
}

/// The header, once it is there. Its signature was looked at already.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Header>, InvalidHeader> {
    let Some(start) = start(bytes) else {
        return Ok(None);
    };
    if !matches!(start.command, COMMAND_LOCAL | COMMAND_PROXY) {
        return Err(InvalidHeader::Command {
            found: start.command,
        });
    }
    if start.family >> 4 > 3 || start.family & 15 > 2 {
        return Err(InvalidHeader::Family {
            found: start.family,
        });
    }
    let whole = START_BYTES.saturating_add(start.length);
    if whole > MAX_V2_BYTES {
        return Err(InvalidHeader::TooLong { bytes: whole });
    }
    let Some(rest) = bytes.get(START_BYTES..whole) else {
        return Ok(None);
    };
    if start.command == COMMAND_LOCAL {
        // "must use the real connection endpoints and discard the protocol block"
        let (route, facts) = (Route::Direct, Facts::default());
        return Ok(Some(Header { route, facts }));
    }
    let (route, facts) = route(start.family, rest)?;
    let facts = read_facts(bytes, facts)?;
    Ok(Some(Header { route, facts }))
}

/// The addresses, and what follows them.
fn route(family: u8, rest: &[u8]) -> Result<(Route, &[u8]), InvalidHeader> {
    let cut = |needed| InvalidHeader::AddressesCut {
        bytes: rest.len(),
        needed,
    };
    match family {
        TCP4 => {
            let (block, facts) = rest.split_first_chunk::<12>().ok_or_else(|| cut(12))?;
            let &[a, b, c, d, e, f, g, h, ports @ ..] = block;
            let (from, to) = (Ipv4Addr::new(a, b, c, d), Ipv4Addr::new(e, f, g, h));
            Ok((tcp(from, to, ports), facts))
        }
        TCP6 => {
            let (from, after) = rest.split_first_chunk::<16>().ok_or_else(|| cut(36))?;
            let (to, after) = after.split_first_chunk::<16>().ok_or_else(|| cut(36))?;
            let (ports, facts) = after.split_first_chunk::<4>().ok_or_else(|| cut(36))?;
            Ok((
                tcp(Ipv6Addr::from(*from), Ipv6Addr::from(*to), *ports),
                facts,
            ))
        }
        UNIX_STREAM => {
            let needed = 2 * UNIX_BYTES;
            let from = rest.split_first_chunk::<UNIX_BYTES>();
            let (from, after) = from.ok_or_else(|| cut(needed))?;
            let to = after.split_first_chunk::<UNIX_BYTES>();
            let (to, facts) = to.ok_or_else(|| cut(needed))?;
            let route = Route::Unix {
                source: unix(from),
                destination: unix(to),
            };
            Ok((route, facts))
        }
        UNSPECIFIED => Ok((Route::Direct, rest)),
        // Datagrams, and what is half unspecified: "falls back to the UNSPEC mode". Where the facts begin is not known.
        _ => Ok((Route::Direct, &[])),
    }
}

fn tcp(
    from: impl Into<std::net::IpAddr>,
    to: impl Into<std::net::IpAddr>,
    ports: [u8; 4],
) -> Route {
    let [a, b, c, d] = ports;
    Route::Tcp {
        source: SocketAddr::new(from.into(), u16::from_be_bytes([a, b])),
        destination: SocketAddr::new(to.into(), u16::from_be_bytes([c, d])),
    }
}

/// A name of a UNIX socket without the zeros behind it.
fn unix(name: &[u8]) -> Box<[u8]> {
    let used = name.iter().rposition(|byte| *byte != 0);
    let used = used.map_or(0, |last| last.saturating_add(1));
    name.get(..used).unwrap_or_default().into()
}

/// A fact: its type, its value, and what follows it.
type Fact<'a> = (u8, &'a [u8], &'a [u8]);

/// The next fact; `None` at the end.
fn next_fact(facts: &[u8]) -> Result<Option<Fact<'_>>, InvalidHeader> {
    let Some((&kind, after)) = facts.split_first() else {
        return Ok(None);
    };
    let cut = || InvalidHeader::FactCut { kind };
    let (length, after) = after.split_first_chunk().ok_or_else(cut)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (value, after) = after.split_at_checked(length).ok_or_else(cut)?;
    Ok(Some((kind, value, after)))
}

/// Reads `facts`, which are the end of the header `whole`. Of two of one type the first counts.
fn read_facts(whole: &[u8], mut facts: &[u8]) -> Result<Facts, InvalidHeader> {
    let mut found = Facts::default();
    while let Some((kind, value, after)) = next_fact(facts)? {
        let own = || Some(Box::<[u8]>::from(value));
        match kind {
            kind::ALPN => found.protocol = found.protocol.or_else(own),
            kind::AUTHORITY => found.authority = found.authority.or_else(own),
            kind::UNIQUE_ID => found.unique_id = found.unique_id.or_else(own),
            kind::CRC32C => check_sum(whole, value, after)?,
            kind::SSL => {
                let tls = read_tls(value)?.map(Box::new);
                found.tls = found.tls.or(tls);
            }
            _ => {}
        }
        facts = after;
    }
    Ok(found)
}

/// Compares the checksum `value`, after which `after` follows in `whole`.
fn check_sum(whole: &[u8], value: &[u8], after: &[u8]) -> Result<(), InvalidHeader> {
    let cut = InvalidHeader::FactCut { kind: kind::CRC32C };
    let said = u32::from_be_bytes(value.try_into().map_err(|_| cut)?);
    let mut without = whole.to_vec();
    let end = whole.len().saturating_sub(after.len());
    if let Some(sum) = without.get_mut(end.saturating_sub(value.len())..end) {
        sum.fill(0);
    }
    let is = crc32c::of(&without);
    if said == is {
        Ok(())
    } else {
        Err(InvalidHeader::Checksum { said, is })
    }
}

/// The facts of TLS; `None` if the client spoke none.
fn read_tls(value: &[u8]) -> Result<Option<TlsFacts>, InvalidHeader> {
    let cut = InvalidHeader::FactCut { kind: kind::SSL };
    let (&[flags, ref verify @ ..], mut facts) = value.split_first_chunk::<5>().ok_or(cut)?;
    let mut found = TlsFacts {
        presented: match (flags & client::CERT_CONN, flags & client::CERT_SESS) {
            (0, 0) => Presented::Never,
            (0, _) => Presented::InSession,
            _ => Presented::Now,
        },
        verified: match *verify {
            [0, 0, 0, 0] if flags & (client::CERT_CONN | client::CERT_SESS) != 0 => Verified::Yes,
            [_, _, _, _] => Verified::No,
        },
        version: None,
        common_name: None,
        cipher: None,
        signature: None,
        key: None,
    };
    while let Some((kind, value, after)) = next_fact(facts)? {
        let place = match kind {
            kind::SSL_VERSION => Some(&mut found.version),
            kind::SSL_CN => Some(&mut found.common_name),
            kind::SSL_CIPHER => Some(&mut found.cipher),
            kind::SSL_SIG_ALG => Some(&mut found.signature),
            kind::SSL_KEY_ALG => Some(&mut found.key),
            _ => None,
        };
        if let Some(place) = place.filter(|place| place.is_none()) {
            *place = Some(value.into());
        }
        facts = after;
    }
    Ok((flags & client::SSL != 0).then_some(found))
}

pub(super) fn write(header: &Header) -> Vec<u8> {
    let mut rest = Vec::new();
    let family = write_route(&mut rest, &header.route);
    let facts = &header.facts;
    for (kind, value) in [
        (kind::ALPN, &facts.protocol),
        (kind::AUTHORITY, &facts.authority),
        (kind::UNIQUE_ID, &facts.unique_id),
    ] {
        write_fact(&mut rest, kind, value.as_deref());
    }
    if let Some(tls) = &facts.tls {
        let mut value = Vec::new();
        write_tls(&mut value, tls);
        write_long(&mut rest, kind::SSL, &value);
    }
    write_fact(&mut rest, kind::CRC32C, Some(&[0; 4]));
    let mut bytes = SIGNATURE.to_vec();
    bytes.extend([COMMAND_PROXY, family]);
    // All facts together are far below that.
    let length = u16::try_from(rest.len()).unwrap_or(u16::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend(rest);
    let sum = crc32c::of(&bytes).to_be_bytes();
    if let Some(place) = bytes.last_chunk_mut() {
        *place = sum;
    }
    bytes
}

/// Writes the addresses and says of which family they are.
fn write_route(bytes: &mut Vec<u8>, route: &Route) -> u8 {
    let (source, destination) = match route {
        Route::Direct => return UNSPECIFIED,
        Route::Unix {
            source,
            destination,
        } => {
            for name in [source, destination] {
                let end = bytes.len().saturating_add(UNIX_BYTES);
                bytes.extend(name.iter().take(UNIX_BYTES));
                bytes.resize(end, 0);
            }
            return UNIX_STREAM;
        }
        Route::Tcp {
            source,
            destination,
        } => (source, destination),
    };
    let mut family = TCP4;
    for end in [source, destination] {
        match end.ip() {
            std::net::IpAddr::V4(address) => bytes.extend(address.octets()),
            std::net::IpAddr::V6(address) => {
                family = TCP6;
                bytes.extend(address.octets());
            }
        }
    }
    bytes.extend(source.port().to_be_bytes());
    bytes.extend(destination.port().to_be_bytes());
    family
}

fn write_tls(bytes: &mut Vec<u8>, tls: &TlsFacts) {
    bytes.push(
        client::SSL
            | match tls.presented {
                Presented::Never => 0,
                Presented::InSession => client::CERT_SESS,
                Presented::Now => client::CERT_CONN | client::CERT_SESS,
            },
    );
    let verify: u32 = match tls.verified {
        Verified::Yes => 0,
        Verified::No => 1,
    };
    bytes.extend(verify.to_be_bytes());
    for (kind, value) in [
        (kind::SSL_VERSION, &tls.version),
        (kind::SSL_CN, &tls.common_name),
        (kind::SSL_CIPHER, &tls.cipher),
        (kind::SSL_SIG_ALG, &tls.signature),
        (kind::SSL_KEY_ALG, &tls.key),
    ] {
        write_fact(bytes, kind, value.as_deref());
    }
}

fn write_fact(bytes: &mut Vec<u8>, kind: u8, value: Option<&[u8]>) {
    if let Some(value) = value.filter(|value| value.len() <= MAX_FACT_BYTES) {
        write_long(bytes, kind, value);
    }
}

/// Writes a value of up to 65535 bytes.
fn write_long(bytes: &mut Vec<u8>, kind: u8, value: &[u8]) {
    if let Ok(length) = u16::try_from(value.len()) {
        bytes.push(kind);
        bytes.extend(length.to_be_bytes());
        bytes.extend(value);
    }
}
