//! A server, asked for the certificates that it presents.
//!
//! Invariant: nothing that comes from it is believed, and it cannot keep the command: one limit of
//! time for the whole, and one of bytes in the TLS crate.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::str::FromStr;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use trustpack_settings::value::PeerName;
use trustpack_tls::danger;
use trustpack_x509::certificate::malformed::AnyCertificate;
use trustpack_x509::time::Timestamp;

use super::certificate::CertificateShown;
use super::source::Shown;
use crate::failure::{Failure, message};

/// How long it may take until everything has come, from the first attempt to connect on.
const LIMIT: Duration = Duration::from_secs(15);

/// A server: `host:port`, with an IPv6 address in brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    host: PeerName,
    port: u16,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = text.rsplit_once(':').ok_or("there is no port")?;
        let port = port.parse().map_err(|_| "that is no port".to_owned())?;
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let host = match bare.unwrap_or(host).parse() {
            Ok(address) => PeerName::Ip(address),
            Err(_) => PeerName::Dns(host.parse().map_err(|_| "that is no host".to_owned())?),
        };
        Ok(Self { host, port })
    }
}

/// Adds what the server presents.
///
/// # Errors
///
/// When it cannot be reached, or presents nothing.
pub(super) fn ask(address: &Address, now: Timestamp, shown: &mut Shown) -> Result<(), Failure> {
    let end = Instant::now() + LIMIT;
    let stream = connect(address, end)?;
    let mut stream = Limited { stream, end };
    let presented = danger::presented(&mut stream, &address.host)
        .context("the server presents no certificate")
        .map_err(Failure::service)?;
    if let Some(failure) = presented.failure {
        shown
            .notes
            .push(format!("after its certificates: {failure}"));
    }
    for (index, der) in presented.certificates.iter().enumerate() {
        match AnyCertificate::from_der(der) {
            Ok(certificate) => {
                let certificate = CertificateShown::new(certificate.danger_rest(), now);
                shown.certificates.push(certificate);
            }
            Err(error) => {
                let number = index + 1;
                shown
                    .notes
                    .push(format!("certificate {number} cannot be read: {error}"));
            }
        }
    }
    Ok(())
}

fn connect(address: &Address, end: Instant) -> Result<TcpStream, Failure> {
    let host = match &address.host {
        PeerName::Dns(name) => name.as_str().to_owned(),
        PeerName::Ip(ip) => ip.to_string(),
    };
    let found = (host.as_str(), address.port)
        .to_socket_addrs()
        .with_context(|| format!("the address of {host} cannot be found"))
        .map_err(Failure::service)?;
    let mut last = message("it has no address");
    for socket in found {
        match TcpStream::connect_timeout(&socket, left(end).map_err(Failure::service)?) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = anyhow::Error::new(error).context(format!("{socket}")),
        }
    }
    Err(Failure::service(last.context(format!(
        "cannot connect to {host}, port {}",
        address.port
    ))))
}

/// The time that is left.
fn left(end: Instant) -> io::Result<Duration> {
    end.checked_duration_since(Instant::now())
        .filter(|left| !left.is_zero())
        .ok_or_else(too_late)
}

fn too_late() -> io::Error {
    let text = format!("the server was not done after {} seconds", LIMIT.as_secs());
    io::Error::new(io::ErrorKind::TimedOut, text)
}

/// A connection that ends in time, however slowly its bytes come.
struct Limited {
    stream: TcpStream,
    end: Instant,
}

/// So a stream calls the end of its time, depending on the system.
fn named(error: io::Error) -> io::Error {
    let late = [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut];
    if late.contains(&error.kind()) {
        too_late()
    } else {
        error
    }
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.end)?))?;
        self.stream.read(buffer).map_err(named)
    }
}

impl Write for Limited {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(left(self.end)?))?;
        self.stream.write(buffer).map_err(named)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_from_other_words() {
        for good in ["a.example:443", "10.0.0.1:1", "[::1]:443", "localhost:8443"] {
            assert!(good.parse::<Address>().is_ok(), "{good}");
        }
        for bad in [
            "a.example",
            "a.example:",
            ":443",
            "a/b:443",
            "a:99999",
            "-a:1",
            "*.a:443",
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }
}
