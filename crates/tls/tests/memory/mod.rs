//! Two ends in memory: a handshake, a word each way after it, and what each end says of it.

#![allow(dead_code, reason = "each test program uses its part")]

use std::io::{Read as _, Write as _};

use rustls::{ClientConnection, ServerConnection};
use trustpack_judge::question::Purpose;
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

/// A handshake, and a word each way after it.
pub(crate) fn shake(mut server: ServerConnection, mut client: ClientConnection) -> Outcome {
    let (mut server_failed, mut client_failed) = (None, None);
    client.writer().write_all(b"ping").unwrap();
    server.writer().write_all(b"pong").unwrap();
    while client.wants_write() || server.wants_write() {
        let mut bytes = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut bytes).unwrap();
        }
        let mut rest = bytes.as_slice();
        while !rest.is_empty() && server_failed.is_none() {
            server.read_tls(&mut rest).unwrap();
            server_failed = server
                .process_new_packets()
                .err()
                .map(|error| Failure::of_engine(error, Purpose::Client));
        }
        let mut bytes = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut bytes).unwrap();
        }
        let mut rest = bytes.as_slice();
        while !rest.is_empty() && client_failed.is_none() {
            client.read_tls(&mut rest).unwrap();
            client_failed = client
                .process_new_packets()
                .err()
                .map(|error| Failure::of_engine(error, Purpose::Server));
        }
    }
    if server_failed.is_none() && client_failed.is_none() {
        let mut word = [0; 4];
        server.reader().read_exact(&mut word).unwrap();
        assert_eq!(&word, b"ping");
        client.reader().read_exact(&mut word).unwrap();
        assert_eq!(&word, b"pong");
    }
    Outcome {
        taken_by_server: server.peer_certificates().map_or(0, <[_]>::len),
        taken_by_client: client.peer_certificates().map_or(0, <[_]>::len),
        server: match server_failed {
            Some(failure) => Err(failure),
            None => Ok(Established::of(&server)),
        },
        client: match client_failed {
            Some(failure) => Err(failure),
            None => Ok(Established::of(&client)),
        },
    }
}
