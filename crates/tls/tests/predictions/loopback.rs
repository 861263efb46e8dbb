//! A real handshake over the loopback, and a word each way after it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use trustpack_judge::reason::Step;
use trustpack_tls::client::ClientContext;
use trustpack_tls::connection::Connection;
use trustpack_tls::handshake::{Begun, Failure};
use trustpack_tls::server::ServerContext;

/// What came of two ends.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// One end refused to start; the sentence begins with which.
    NotStarted { why: String },
    /// Both ends start, and the client speaks plain text.
    Open,
    /// Words went both ways.
    Works,
    /// One end refused the other at this step.
    Fails { step: Step, why: String },
}

/// Longest wait for a peer, so that a mistake ends.
const PATIENCE: Duration = Duration::from_secs(20);

/// Shakes hands.
pub(crate) fn shake(server: &ServerContext, client: &ClientContext) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (of_server, of_client) = thread::scope(|scope| {
        let serving = scope.spawn(|| {
            let (stream, _) = listener.accept().unwrap();
            talk(server.connection().unwrap(), &stream)
        });
        let stream = TcpStream::connect(address).unwrap();
        let of_client = talk(client.connection().unwrap(), &stream);
        // So that the server does not wait for a client that has refused it.
        drop(stream);
        (serving.join().unwrap(), of_client)
    });
    match (of_server, of_client) {
        (Ok(()), Ok(())) => Outcome::Works,
        (of_server, of_client) => {
            let failures = [of_client.err(), of_server.err()];
            let told = failures
                .iter()
                .flatten()
                .map(ToString::to_string)
                .collect::<Vec<_>>();
            let refused = failures.into_iter().flatten().find(is_judgement);
            let refused = refused.unwrap_or_else(|| panic!("nobody refused: {told:?}"));
            Outcome::Fails {
                step: refused.step().unwrap(),
                why: refused.to_string(),
            }
        }
    }
}

/// Whether an end says what it found, rather than what it heard of the other.
fn is_judgement(failure: &Failure) -> bool {
    match failure {
        Failure::PeerRefused(_)
        | Failure::NoCertificate { .. }
        | Failure::NotItsKey
        | Failure::NoCommonVersion
        | Failure::OldClient(_)
        | Failure::OldHello
        | Failure::TrustEnded(_)
        | Failure::NothingInCommon { .. }
        | Failure::NoSignature => true,
        Failure::PeerAlert(_)
        | Failure::PlainText { .. }
        | Failure::BrokenHello(_)
        | Failure::TooLarge { .. }
        | Failure::Silent { .. }
        | Failure::PeerClosed { .. }
        | Failure::TimedOut { .. }
        | Failure::Protocol(_)
        | Failure::WithoutData
        | Failure::CutShort
        | Failure::Io(_) => false,
    }
}

fn talk(mut connection: Connection, mut stream: &TcpStream) -> Result<(), Failure> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    connection.writer().write_all(b"word").unwrap();
    let mut heard = Vec::new();
    while heard.len() < 4 {
        send(&mut connection, stream);
        if connection.read_tls(&mut stream).map_err(Failure::Io)? == 0 {
            let begun = Begun::Speaking;
            return Err(Failure::PeerClosed { begun });
        }
        let processed = connection.process();
        send(&mut connection, stream);
        let mut piece = vec![0; processed?.plaintext_bytes_to_read()];
        connection.reader().read_exact(&mut piece).unwrap();
        heard.extend(piece);
    }
    assert_eq!(heard, b"word");
    Ok(())
}

/// A peer that has gone is seen by reading: its last words may be there still.
fn send(connection: &mut Connection, mut stream: &TcpStream) {
    while connection.wants_write() && connection.write_tls(&mut stream).is_ok() {}
}
