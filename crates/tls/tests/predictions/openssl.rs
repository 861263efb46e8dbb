//! A real handshake of an end of ours with `openssl` at the other end, over the loopback.
//!
//! Both sides show a certificate. OpenSSL is told to take small keys, as builds of it do whose security level is low.

use std::ffi::OsStr;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::Instant;

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_tls::client::ClientContext;
use trustpack_tls::server::ServerContext;

use crate::loopback::{self, Outcome, PATIENCE, Words};

/// What OpenSSL shows and whom it trusts.
pub(crate) struct Files {
    pub(crate) own: PathBuf,
    pub(crate) key: PathBuf,
    /// The CA certificate that it sends with its own.
    pub(crate) sub: PathBuf,
    pub(crate) trusted: PathBuf,
}

/// Keys of 1024 bits are of level 1.
const CIPHERS: [&str; 3] = ["-verify_return_error", "-cipher", "DEFAULT@SECLEVEL=1"];

impl Files {
    /// What it is told of ciphers, chain and trust.
    fn arguments(&self) -> Vec<&OsStr> {
        let words = CIPHERS.map(OsStr::new);
        let files = [
            OsStr::new("-cert_chain"),
            self.sub.as_os_str(),
            OsStr::new("-CAfile"),
            self.trusted.as_os_str(),
        ];
        words.into_iter().chain(files).collect()
    }

    /// OpenSSL is the server.
    pub(crate) fn serve(&self, client: &ClientContext) -> Outcome {
        let demands = ["-Verify", "4"].map(OsStr::new);
        let arguments = demands.into_iter().chain(self.arguments());
        let server = ReversingServer::start(&self.own, &self.key, arguments);
        let stream = TcpStream::connect(server.address()).unwrap();
        let reversed = Words {
            said: b"word\n",
            heard: b"drow\n",
        };
        let of_client = loopback::talk(client.connection().unwrap(), &stream, reversed);
        loopback::outcome([of_client.err(), None])
    }

    /// OpenSSL is the client.
    pub(crate) fn dial(&self, server: &ServerContext) -> Outcome {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let call = Call::foreign("openssl", ["s_client", "-quiet", "-connect"]);
        let call = call.arg(address.to_string());
        let call = call.arg("-cert").arg(&self.own).arg("-key").arg(&self.key);
        let call = call.args(self.arguments()).stdin(b"word");
        let client = call.discard_output().start();
        let stream = accept(&listener);
        let of_server = loopback::talk(server.connection().unwrap(), &stream, Words::SAME);
        drop(client);
        loopback::outcome([of_server.err(), None])
    }
}

/// A program that does not start never comes.
fn accept(listener: &TcpListener) -> TcpStream {
    let deadline = Instant::now() + PATIENCE;
    listener.set_nonblocking(true).unwrap();
    loop {
        if let Ok((stream, _)) = listener.accept() {
            stream.set_nonblocking(false).unwrap();
            return stream;
        }
        assert!(Instant::now() < deadline, "OpenSSL does not come");
        std::thread::yield_now();
    }
}
