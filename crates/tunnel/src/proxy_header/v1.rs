//! Version 1: a line of text.
//!
//! Source: section 2.1 of the protocol. Invariant: a line is as that section says, character by character.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Facts, Header, InvalidHeader, LinePart, MAX_V1_BYTES, MIN_V1_BYTES, Route};

/// How a line begins.
pub(super) const SIGNATURE: &[u8] = b"PROXY ";

const END: &[u8] = b"\r\n";

/// How many bytes there are at least, of which these have come.
pub(super) fn needed(bytes: &[u8]) -> usize {
    let end = if bytes.ends_with(b"\r") { 1 } else { END.len() };
    bytes.len().saturating_add(end).max(MIN_V1_BYTES)
}

/// The header, once its line is there. Its beginning was looked at already.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Header>, InvalidHeader> {
    let Some(rest) = bytes.get(SIGNATURE.len()..) else {
        return Ok(None);
    };
    let end = rest.windows(END.len()).position(|two| two == END);
    let line = end.and_then(|end| rest.get(..end));
    // Looked at before anything else, as it is where bytes come one by one.
    let so_far = line.unwrap_or_else(|| rest.strip_suffix(b"\r").unwrap_or(rest));
    if so_far.contains(&b'\r') || so_far.contains(&b'\n') {
        return Err(InvalidHeader::Line(LinePart::End));
    }
    let Some(line) = line else {
        return if bytes.len() >= MAX_V1_BYTES {
            Err(InvalidHeader::LineTooLong)
        } else {
            Ok(None)
        };
    };
    // No line is so short that more than itself was given: `needed` sees to that.
    if bytes.len() > MAX_V1_BYTES {
        return Err(InvalidHeader::LineTooLong);
    }
    let line = str::from_utf8(line).map_err(|_| InvalidHeader::Line(LinePart::Address))?;
    let (facts, route) = (Facts::default(), route(line).map_err(InvalidHeader::Line)?);
    Ok(Some(Header { route, facts }))
}

/// What stands behind `PROXY `.
fn route(line: &str) -> Result<Route, LinePart> {
    let mut words = line.split(' ');
    let family = words.next().unwrap_or_default();
    match family {
        "TCP4" | "TCP6" => {}
        // Whatever stands behind it is not looked at.
        "UNKNOWN" => return Ok(Route::Direct),
        _ => return Err(LinePart::Transport),
    }
    let mut address = || {
        let word = words.next().unwrap_or_default();
        let address = match family {
            "TCP4" => word.parse::<Ipv4Addr>().map(IpAddr::V4),
            _ => word.parse::<Ipv6Addr>().map(IpAddr::V6),
        };
        address.map_err(|_| LinePart::Address)
    };
    let (source, destination) = (address()?, address()?);
    let mut port = || port(words.next().unwrap_or_default());
    let (source_port, destination_port) = (port()?, port()?);
    match words.next() {
        Some(_) => Err(LinePart::End),
        None => Ok(Route::Tcp {
            source: SocketAddr::new(source, source_port),
            destination: SocketAddr::new(destination, destination_port),
        }),
    }
}

/// A port in decimal, without a sign and without zeros before it.
fn port(word: &str) -> Result<u16, LinePart> {
    let number: u16 = word.parse().map_err(|_| LinePart::Port)?;
    if number.to_string() == word {
        Ok(number)
    } else {
        Err(LinePart::Port)
    }
}

pub(super) fn write(route: &Route) -> Vec<u8> {
    let line = match route {
        Route::Tcp {
            source,
            destination,
        } => {
            let family = if source.is_ipv4() { "TCP4" } else { "TCP6" };
            let (from, to) = (source.ip(), destination.ip());
            let (from_port, to_port) = (source.port(), destination.port());
            format!("PROXY {family} {from} {to} {from_port} {to_port}\r\n")
        }
        Route::Direct | Route::Unix { .. } => "PROXY UNKNOWN\r\n".to_owned(),
    };
    line.into_bytes()
}
