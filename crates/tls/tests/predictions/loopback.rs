//! A real handshake over the loopback, and a word each way after it.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use trustpack_judge::reason::Step;
use trustpack_settings::endpoint::Role;
use trustpack_settings::finding::Code;
use trustpack_tls::client::ClientContext;
use trustpack_tls::connection::Connection;
use trustpack_tls::handshake::{Begun, Failure};
use trustpack_tls::server::ServerContext;

/// What came of two ends.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// One end refused to start.
    NotStarted { role: Role, cause: Cause },
    /// Both ends start, and the client speaks plain text.
    Open,
    /// Words went both ways.
    Works,
    /// One end refused the other at this step.
    Fails { step: Step, why: String },
    /// The same by OpenSSL, in its own words.
    RefusedByOpenssl { step: Step, why: String },
}

/// What keeps an end from starting.
#[derive(Debug)]
pub(crate) enum Cause {
    /// Errors of its settings.
    Settings(BTreeSet<Code>),
    /// Errors of its files.
    Files(BTreeSet<Code>),
    /// What the engine says to settings and files without an error.
    Engine(String),
    /// What OpenSSL says.
    Openssl(String),
}

/// What an end says after the handshake, and hears.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    pub(crate) said: &'static [u8],
    pub(crate) heard: &'static [u8],
}

impl Words {
    pub(crate) const SAME: Self = Self {
        said: b"word",
        heard: b"word",
    };
}

/// Longest wait for a peer, so that a mistake ends.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Shakes hands.
pub(crate) fn shake(server: &ServerContext, client: &ClientContext) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (of_server, of_client) = thread::scope(|scope| {
        let serving = scope.spawn(|| {
            let (stream, _) = listener.accept().unwrap();
            talk(server.connection().unwrap(), &stream, Words::SAME)
        });
        let stream = TcpStream::connect(address).unwrap();
        let of_client = talk(client.connection().unwrap(), &stream, Words::SAME);
        // So that the server does not wait for a client that has refused it.
        drop(stream);
        (serving.join().unwrap(), of_client)
    });
    outcome([of_client.err(), of_server.err()], || None)
}

/// What came of two ends, by what each of them says that failed; `other` is what the end says that is not ours.
pub(crate) fn outcome(
    failures: [Option<Failure>; 2],
    other: impl FnOnce() -> Option<Outcome>,
) -> Outcome {
    let failures: Vec<Failure> = failures.into_iter().flatten().collect();
    if failures.is_empty() {
        return Outcome::Works;
    }
    let told: Vec<String> = failures.iter().map(ToString::to_string).collect();
    match failures.into_iter().find(is_judgement) {
        Some(refused) => Outcome::Fails {
            step: refused.step().unwrap(),
            why: refused.to_string(),
        },
        None => other().unwrap_or_else(|| panic!("nobody refused: {told:?}")),
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

pub(crate) fn talk(
    mut connection: Connection,
    mut stream: &TcpStream,
    words: Words,
) -> Result<(), Failure> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    connection.writer().write_all(words.said).unwrap();
    let mut heard = Vec::new();
    while heard.len() < words.heard.len() {
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
    assert_eq!(heard, words.heard);
    Ok(())
}

/// A peer that has gone is seen by reading: its last words may be there still.
fn send(connection: &mut Connection, mut stream: &TcpStream) {
    while connection.wants_write() && connection.write_tls(&mut stream).is_ok() {}
}
