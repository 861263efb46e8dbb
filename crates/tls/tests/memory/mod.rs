//! Two ends in memory: a handshake, a word each way after it, and what each end says of it.

#![allow(dead_code, reason = "each test program uses its part")]

use std::io::{self, Read as _, Write as _};

use rustls::{ClientConnection, CommonState, Reader, ServerConnection, Writer};
use trustpack_judge::question::Purpose;
use trustpack_tls::connection::Connection;
use trustpack_tls::established::Established;
use trustpack_tls::handshake::Failure;

/// What became of a handshake, on both sides.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) server: Result<Established, Failure>,
    pub(crate) client: Result<Established, Failure>,
    /// How many certificates each end took of the other.
    pub(crate) taken_by_server: usize,
    pub(crate) taken_by_client: usize,
}

/// An end of a connection, of ours or of another make.
pub(crate) trait End {
    fn read_tls(&mut self, octets: &mut &[u8]) -> io::Result<usize>;
    fn process(&mut self) -> Result<(), Failure>;
    fn write_tls(&mut self, octets: &mut Vec<u8>) -> io::Result<usize>;
    fn reader(&mut self) -> Reader<'_>;
    fn writer(&mut self) -> Writer<'_>;
    fn state(&self) -> &CommonState;
}

impl End for Connection {
    fn read_tls(&mut self, octets: &mut &[u8]) -> io::Result<usize> {
        self.read_tls(octets)
    }

    fn process(&mut self) -> Result<(), Failure> {
        self.process().map(|_state| ())
    }

    fn write_tls(&mut self, octets: &mut Vec<u8>) -> io::Result<usize> {
        self.write_tls(octets)
    }

    fn reader(&mut self) -> Reader<'_> {
        self.reader()
    }

    fn writer(&mut self) -> Writer<'_> {
        self.writer()
    }

    fn state(&self) -> &CommonState {
        self.state()
    }
}

macro_rules! foreign_end {
    ($connection:ty, $peer:expr) => {
        impl End for $connection {
            fn read_tls(&mut self, octets: &mut &[u8]) -> io::Result<usize> {
                (**self).read_tls(octets)
            }

            fn process(&mut self) -> Result<(), Failure> {
                let processed = self.process_new_packets();
                let failed = |error| Failure::of_engine(error, $peer);
                processed.map(|_state| ()).map_err(failed)
            }

            fn write_tls(&mut self, octets: &mut Vec<u8>) -> io::Result<usize> {
                (**self).write_tls(octets)
            }

            fn reader(&mut self) -> Reader<'_> {
                (**self).reader()
            }

            fn writer(&mut self) -> Writer<'_> {
                (**self).writer()
            }

            fn state(&self) -> &CommonState {
                self
            }
        }
    };
}
foreign_end!(ServerConnection, Purpose::Client);
foreign_end!(ClientConnection, Purpose::Server);

/// A handshake, and a word each way after it.
pub(crate) fn shake(mut server: impl End, mut client: impl End) -> Outcome {
    client.writer().write_all(b"ping").unwrap();
    server.writer().write_all(b"pong").unwrap();
    let (server_failed, client_failed) = exchange(&mut server, &mut client);
    if server_failed.is_none() && client_failed.is_none() {
        let mut word = [0; 4];
        server.reader().read_exact(&mut word).unwrap();
        assert_eq!(&word, b"ping");
        client.reader().read_exact(&mut word).unwrap();
        assert_eq!(&word, b"pong");
    }
    let taken = |end: &dyn End| end.state().peer_certificates().map_or(0, <[_]>::len);
    let outcome = |failed: Option<Failure>, end: &dyn End| match failed {
        Some(failure) => Err(failure),
        None => Ok(Established::of(end.state())),
    };
    Outcome {
        taken_by_server: taken(&server),
        taken_by_client: taken(&client),
        server: outcome(server_failed, &server),
        client: outcome(client_failed, &client),
    }
}

/// Moves bytes between two ends until neither has something to say: why each has failed, if it has.
pub(crate) fn exchange(
    server: &mut impl End,
    client: &mut impl End,
) -> (Option<Failure>, Option<Failure>) {
    let (mut server_failed, mut client_failed) = (None, None);
    while client.state().wants_write() || server.state().wants_write() {
        hand_over(client, server, &mut server_failed);
        hand_over(server, client, &mut client_failed);
    }
    (server_failed, client_failed)
}

/// Everything that one end has to say, until the other has failed.
fn hand_over(from: &mut impl End, to: &mut impl End, failed: &mut Option<Failure>) {
    let mut octets = Vec::new();
    while from.state().wants_write() {
        from.write_tls(&mut octets).unwrap();
    }
    let mut rest = octets.as_slice();
    while !rest.is_empty() && failed.is_none() {
        to.read_tls(&mut rest).unwrap();
        *failed = to.process().err();
    }
}
