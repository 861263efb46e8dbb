//! OpenSSL at the other end of a connection: `s_client` and `s_server`.

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

use crate::call::Call;
use crate::watched::Watched;

/// `openssl s_client`, which checks the server under this CA. It sends its standard input, and prints
/// what comes until the server closes.
#[track_caller]
#[must_use]
pub fn s_client(server: SocketAddr, trusted: &Path) -> Call {
    Call::foreign("openssl", ["s_client", "-quiet", "-verify_return_error"])
        .args(["-connect", &server.to_string()])
        .arg("-CAfile")
        .arg(trusted)
}

/// The common names of the certificates that a server sends to `openssl s_client`, in their order.
#[track_caller]
#[must_use]
pub fn chain_sent_by(server: SocketAddr, trusted: &Path) -> Vec<String> {
    // Its input is empty: it ends after the handshake.
    let words = ["s_client", "-showcerts", "-verify_return_error", "-CAfile"];
    let shown = Call::foreign("openssl", words)
        .arg(trusted)
        .args(["-connect", &server.to_string()])
        .succeeds()
        .stdout;
    // " 0 s:CN = host"
    shown
        .lines()
        .filter_map(|line| line.trim_start().split_once(" s:CN = "))
        .map(|(_, name)| name.to_owned())
        .collect()
}

/// A running `openssl s_server` that sends every line back reversed; one connection after the other.
#[derive(Debug)]
pub struct ReversingServer {
    watched: Watched,
    address: SocketAddr,
}

impl ReversingServer {
    /// Starts it on a free port with this certificate and key.
    #[track_caller]
    #[must_use]
    pub fn start<Argument: AsRef<OsStr>>(
        certificate: &Path,
        key: &Path,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Self {
        let call = Call::foreign("openssl", ["s_server", "-rev", "-accept", "127.0.0.1:0"])
            .arg("-cert")
            .arg(certificate)
            .arg("-key")
            .arg(key)
            .args(arguments);
        let mut watched = Watched::start(call);
        let address = watched.line(|line| line.strip_prefix("ACCEPT ")?.parse().ok());
        Self { watched, address }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it, and gives all that it wrote: it tells its peer why it refuses before it writes that down, and has one
    /// connection after the other, so that it has written all once it has let go of one more.
    #[track_caller]
    #[must_use]
    pub fn ended(self) -> String {
        let mut last = match TcpStream::connect(self.address) {
            Ok(last) => last,
            Err(error) => panic!("{} takes nobody any more: {error}", self.address),
        };
        // However it ends.
        drop(last.write_all(b"no TLS\n"));
        drop(last.read_to_end(&mut Vec::new()));
        self.watched.signal(rustix::process::Signal::TERM);
        self.watched.end().stderr
    }

    /// Waits for the next line that has these words.
    #[track_caller]
    pub fn says(&mut self, words: &str) {
        self.watched.line(|line| line.contains(words).then_some(()));
    }
}
