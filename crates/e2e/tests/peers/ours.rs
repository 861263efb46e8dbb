//! Our end: `tunnel server` or `tunnel client`, and the plain program behind it.
//!
//! The plain programs send nothing before they have all of the other's octets, so that nobody needs to read and
//! write at once. Invariant: both sides always have the revocation list, so that a good handshake has passed it.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use trustpack_e2e::call::Call;
use trustpack_e2e::clock;
use trustpack_e2e::plain::{self, Service};
use trustpack_e2e::tunnel::Tunnel;
use trustpack_e2e::watched::PATIENCE;

use crate::cells::{Allowed, Mode};
use crate::payload::{DOWN, OCTETS, hash};
use crate::site::{BEFORE_EXPIRY, Identity, Site, Who};

/// `tunnel server`, and a program behind it that takes what goes up and answers with what goes down.
pub(crate) struct Server {
    pub(crate) tunnel: Tunnel,
    received: Receiver<String>,
    _service: Service,
}

impl Server {
    #[track_caller]
    pub(crate) fn start(site: &Site, identity: Identity, mode: Mode, allowed: Allowed) -> Self {
        let (sender, received) = channel();
        let service = Service::start(move |stream| {
            // A refused client sends nothing, and its cell looks at that end.
            if let Ok(octets) = serve(stream) {
                drop(sender.send(hash(&octets)));
            }
        });
        let mutual: &[&str] = match mode {
            Mode::Simple => &[],
            Mode::Mutual => &["--tls-mutual", "1"],
        };
        let options = judging(site).chain(presenting(site, identity));
        let options = options.chain(mutual.iter().map(OsString::from));
        let options = options.chain(allowed.options().iter().map(OsString::from));
        Self {
            tunnel: tunnel("server", service.address(), Some(identity), options),
            received,
            _service: service,
        }
    }

    /// The hash of what the program received.
    #[track_caller]
    pub(crate) fn received(&self) -> String {
        self.received.recv_timeout(PATIENCE).unwrap()
    }
}

/// `tunnel client` to a server that must have this name.
#[track_caller]
pub(crate) fn client(
    site: &Site,
    identity: Option<Identity>,
    name: &str,
    allowed: Allowed,
    to: SocketAddr,
) -> Tunnel {
    let options = judging(site).chain(["--name", name].map(OsString::from));
    let presented = identity.into_iter();
    let options = options.chain(presented.flat_map(|identity| presenting(site, identity)));
    let options = options.chain(allowed.options().iter().map(OsString::from));
    tunnel("client", to, identity, options)
}

/// A tunnel; one whose certificate has expired was started before that, and would not start now.
#[track_caller]
fn tunnel(
    role: &str,
    to: SocketAddr,
    identity: Option<Identity>,
    options: impl Iterator<Item = OsString>,
) -> Tunnel {
    let to = to.to_string();
    let words = ["tunnel", role, "--listen", "127.0.0.1:0", "--to", &to];
    let call = Call::trustpack(words).args(options);
    Tunnel::start(match identity {
        Some(identity) if identity.who == Who::Expired => clock::starting_at(BEFORE_EXPIRY, call),
        _ => call,
    })
}

/// The plain program in front of `tunnel client`: sends this, and gives what comes back, as much as goes down.
pub(crate) fn exchange(tunnel: &Tunnel, octets: &[u8]) -> Vec<u8> {
    let mut stream = plain::connect(tunnel.address());
    let mut received = Vec::new();
    // A tunnel that is refused closes at once, and the cell looks at its log.
    if stream.write_all(octets).is_ok() {
        let expected = u64::try_from(OCTETS).unwrap();
        drop((&stream).take(expected).read_to_end(&mut received));
        drop(stream.shutdown(Shutdown::Write));
        drop(stream.read_to_end(&mut received));
    }
    received
}

/// Speaks HTTP with who begins with a request of it.
fn serve(stream: TcpStream) -> std::io::Result<Vec<u8>> {
    let mut reader = BufReader::new(stream);
    let http = reader.fill_buf()?.starts_with(b"POST ");
    if http {
        let mut line = String::new();
        while reader.read_line(&mut line)? > 2 {
            line.clear();
        }
    }
    let mut received = vec![0; OCTETS];
    reader.read_exact(&mut received)?;
    let mut stream = reader.into_inner();
    if http {
        let head =
            format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {OCTETS}\r\n\r\n");
        stream.write_all(head.as_bytes())?;
    }
    stream.write_all(&DOWN)?;
    Ok(received)
}

fn presenting(site: &Site, identity: Identity) -> impl Iterator<Item = OsString> {
    let (certificate, key) = (site.chain(identity), site.key(identity));
    let options = [
        option("--certificate", &certificate),
        option("--certificate-key", &key),
    ];
    options.into_iter().flatten()
}

fn judging(site: &Site) -> impl Iterator<Item = OsString> {
    let (trusted, list) = (site.trusted(), site.list());
    let options = [option("--trusted-ca", &trusted), option("--crl", &list)];
    options.into_iter().flatten()
}

fn option(name: &str, file: &Path) -> [OsString; 2] {
    [name.into(), file.into()]
}
