//! Streams over transports that give and take bytes in pieces of any size: nothing is lost, changed or put in another order.
//!
//! Long because what is said of one kind of wire stands together.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "../hostile/foreign.rs"]
mod foreign;
mod picky;
#[path = "../../../material/tests/support/mod.rs"]
mod support;
mod wire;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use foreign::{TICKETS, flooding, foreign_client, foreign_server, server_config};
use picky::{asking, taking};
use rustls::{
    AlertDescription, DistinguishedName, ServerConnection, SignatureScheme,
    SupportedProtocolVersion, version,
};
use support::{Authority, Host, Issued, Site};
use tokio::io::{
    AsyncReadExt as _, AsyncWrite as _, AsyncWriteExt as _, ReadHalf, WriteHalf, split,
};
use trustpack_mutations::numbers::Numbers;
use trustpack_settings::endpoint::Role;
use trustpack_tls::client::ClientContext;
use trustpack_tls::established::Resumed;
use trustpack_tls::handshake::Failure;
use trustpack_tls::limits::PIECE_BYTES;
use trustpack_tls::server::ServerContext;
use trustpack_tls::stream::SecureStream;
use trustpack_x509::general_name::GeneralName;
use wire::{Ending, Wire};

/// Longer than any of these takes.
const LIMIT: Duration = Duration::from_secs(60);

const VERSIONS: [&SupportedProtocolVersion; 2] = [&version::TLS12, &version::TLS13];

/// Two ends of ours, each of which meets one of another make.
struct World {
    host: Issued,
    server: ServerContext,
    client: ClientContext,
}

impl World {
    fn new() -> Self {
        let root = Authority::root("Root");
        let host = root.issue(&Host::named("a.example.com"));
        let site = Site::new().issued(&host).trusts(&[&root.certificate]);
        let (endpoint, material) = site.load(Role::Server).unwrap();
        let server = ServerContext::new(endpoint.startable().unwrap(), &material).unwrap();
        let site = Site::new()
            .trusts(&[&root.certificate])
            .peer("a.example.com");
        let (endpoint, material) = site.load(Role::Client).unwrap();
        let client = ClientContext::new(endpoint.startable().unwrap(), &material).unwrap();
        Self {
            host,
            server,
            client,
        }
    }

    /// A wire to a peer for an end of ours, who has this to say.
    fn wire(
        &self,
        ours: Role,
        version: &'static SupportedProtocolVersion,
        seed: u64,
        say: &[u8],
    ) -> Wire {
        let chain = [self.host.certificate.der().to_vec()];
        let peer = match ours {
            Role::Server => foreign_client(&[], &self.host, version).into(),
            Role::Client => foreign_server(&chain, &self.host, version).into(),
        };
        Wire::to(peer, seed, say)
    }

    async fn shake(&self, ours: Role, wire: &Wire) -> Result<SecureStream<Wire>, Failure> {
        match ours {
            Role::Server => self.server.accept(wire.clone(), LIMIT).await,
            Role::Client => self.client.connect(wire.clone(), LIMIT).await,
        }
    }
}

fn run<T>(story: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().build().unwrap().block_on(story)
}

/// Everything that the peer says, read in pieces of any size; and how it ended.
async fn read_all(
    mut stream: ReadHalf<SecureStream<Wire>>,
    numbers: &mut Numbers,
) -> (Vec<u8>, io::Result<()>) {
    let mut all = Vec::new();
    loop {
        let size = *numbers.one_of(&[1, 100, 5_000, 70_000]);
        let mut piece = vec![0; size];
        match stream.read(&mut piece).await {
            Ok(0) => return (all, Ok(())),
            Ok(count) => all.extend_from_slice(&piece[..count]),
            Err(error) => return (all, Err(error)),
        }
    }
}

/// Says all of this, in pieces of any size, and that nothing more comes.
async fn write_all(
    mut stream: WriteHalf<SecureStream<Wire>>,
    mut bytes: &[u8],
    numbers: &mut Numbers,
) -> io::Result<()> {
    while !bytes.is_empty() {
        let size = numbers.below(*numbers.clone().one_of(&[2, 100, 20_000, 200_000]));
        let piece = bytes
            .split_at_checked(size)
            .map_or(bytes, |(piece, _)| piece);
        let count = stream.write(piece).await?;
        bytes = &bytes[count..];
        if numbers.below(4) == 0 {
            stream.flush().await?;
        }
    }
    stream.shutdown().await
}

fn octets(numbers: &mut Numbers, count: usize) -> Vec<u8> {
    (0..count).map(|_| numbers.octet()).collect()
}

#[test]
fn every_byte_comes_once_and_in_order_whatever_the_pieces() {
    let world = World::new();
    let mut key_updates = 0;
    for seed in 0..40 {
        for ours in [Role::Server, Role::Client] {
            for version in VERSIONS {
                let mut numbers = Numbers::new(seed);
                let count = *numbers.one_of(&[0, 1, 20_000, 300_000]);
                let (to_us, to_peer) = (octets(&mut numbers, count), octets(&mut numbers, 90_000));
                let wire = world.wire(ours, version, seed, &to_us);
                wire.end().most = *numbers.one_of(&[1_500, 40_000, 100_000]);
                wire.end().is_vectored = seed % 2 == 0;
                let (read, written) = run(async {
                    let stream = world.shake(ours, &wire).await.unwrap();
                    let (reader, writer) = split(stream);
                    let mut others = numbers.clone();
                    tokio::join!(
                        read_all(reader, &mut numbers),
                        write_all(writer, &to_peer, &mut others)
                    )
                });
                written.unwrap();
                read.1.unwrap();
                let end = wire.end();
                assert!(read.0 == to_us, "seed {seed}, {ours:?}, {version:?}");
                assert!(end.heard == to_peer, "seed {seed}, {ours:?}, {version:?}");
                assert!(end.was_closed);
                key_updates += end.key_updates;
            }
        }
    }
    assert!(key_updates > 100, "{key_updates}");
}

#[test]
fn who_is_cut_off_is_no_peer_that_has_ended() {
    let world = World::new();
    for ours in [Role::Server, Role::Client] {
        for version in VERSIONS {
            let wire = world.wire(ours, version, 1, b"the beginning of a wor");
            wire.end().ending = Ending::Vanishes;
            let (read, ended) = run(async {
                let (reader, _writer) = split(world.shake(ours, &wire).await.unwrap());
                read_all(reader, &mut Numbers::new(1)).await
            });
            assert_eq!(read, b"the beginning of a wor");
            assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        }
    }
}

#[test]
fn what_was_damaged_ends_the_connection_and_the_peer_is_told() {
    let world = World::new();
    for ours in [Role::Server, Role::Client] {
        for version in VERSIONS {
            let to_us = octets(&mut Numbers::new(2), 50_000);
            let wire = world.wire(ours, version, 2, &to_us);
            wire.end().damage_at = Some(10_000);
            run(async {
                let stream = world.shake(ours, &wire).await.unwrap();
                let (reader, mut writer) = split(stream);
                let (read, ended) = read_all(reader, &mut Numbers::new(2)).await;
                assert!(!read.is_empty() && to_us.starts_with(&read));
                let ended = ended.unwrap_err();
                assert_eq!(ended.to_string(), "cannot decrypt peer's message");
                // The alert goes out with what is still to be sent, and nothing after it.
                writer.write_all(b"more").await.unwrap_err();
                writer.shutdown().await.unwrap();
            });
            let failed = wire.end().failed.take();
            let told = rustls::Error::AlertReceived(AlertDescription::BadRecordMac);
            assert_eq!(failed, Some(told));
            assert_eq!(wire.end().heard, b"");
        }
    }
}

#[test]
fn of_a_peer_that_takes_nothing_no_more_than_a_piece_is_kept() {
    let world = World::new();
    for ours in [Role::Server, Role::Client] {
        let wire = world.wire(ours, &version::TLS13, 3, b"");
        let mut stream = run(world.shake(ours, &wire)).unwrap();
        wire.end().is_deaf = true;
        let mut cx = Context::from_waker(Waker::noop());
        let more_than_a_piece = vec![0; PIECE_BYTES + 1];
        let mut taken = 0;
        for _ in 0..3 {
            match Pin::new(&mut stream).poll_write(&mut cx, &more_than_a_piece) {
                Poll::Ready(count) => taken += count.unwrap(),
                Poll::Pending => {}
            }
        }
        assert_eq!(taken, PIECE_BYTES);
        wire.end().is_deaf = false;
        run(stream.flush()).unwrap();
        assert_eq!(wire.end().heard.len(), PIECE_BYTES);
    }
}

#[test]
fn a_message_without_an_end_is_refused_before_it_takes_memory() {
    let world = World::new();
    run(async {
        let (near, mut far) = tokio::io::duplex(4096);
        let sends = async move {
            // A hello of a server of almost 64 KiB, an octet a record.
            far.write_all(&[22, 3, 3, 0, 4, 2, 0, 0xff, 0xf0]).await?;
            loop {
                far.write_all(&[22, 3, 3, 0, 1, 0]).await?;
            }
            #[expect(unreachable_code, reason = "it says what it fails with")]
            io::Result::Ok(())
        };
        let (failed, _gone_too) = tokio::join!(world.client.connect(near, LIMIT), sends);
        let failed = failed.unwrap_err();
        assert!(matches!(failed, Failure::TooLarge { .. }), "{failed}");
    });
}

/// All that a server says at once, none of it larger than is allowed: of its messages only the last ends with a record.
#[test]
fn a_flight_of_two_large_messages_is_taken() {
    let world = World::new();
    let own = world.host.certificate.der().to_vec();
    let root = Authority::root("Root of many");
    let many = (0..600).map(|number| GeneralName::Dns(format!("h{number}.example.com")));
    let stray = root.issue(&Host {
        alt_names: many.collect(),
        ..Host::named("stray.example.com")
    });
    let stray = stray.certificate.der().to_vec();
    let count = 60_000 / stray.len();
    let chain: Vec<_> = std::iter::once(own)
        .chain(std::iter::repeat_n(stray, count))
        .collect();
    let name = root.name.der();
    let names = vec![DistinguishedName::from(name.to_vec()); 60_000 / (name.len() + 2)];
    for version in VERSIONS {
        let server = asking(&chain, &world.host, version, names.clone());
        let wire = Wire::to(server.into(), 8, b"word");
        let (read, ended) = run(async {
            let (reader, _writer) = split(world.shake(Role::Client, &wire).await.unwrap());
            read_all(reader, &mut Numbers::new(8)).await
        });
        ended.unwrap();
        assert_eq!(read, b"word");
    }
}

/// The engine tells it by a text of its own alone, and sends no alert: we go by the one and send the other.
#[test]
fn a_client_that_takes_no_signature_of_our_key_is_told_so() {
    let world = World::new();
    let client = taking(SignatureScheme::ECDSA_NISTP384_SHA384);
    let wire = Wire::to(client.into(), 9, b"");
    let failed = run(world.shake(Role::Server, &wire)).unwrap_err();
    assert!(matches!(failed, Failure::NoSignature), "{failed}");
    let told = rustls::Error::AlertReceived(AlertDescription::HandshakeFailure);
    assert_eq!(wire.end().failed, Some(told));
}

#[test]
fn a_server_that_sends_tickets_without_end_is_given_up() {
    let world = World::new();
    let chain = [world.host.certificate.der().to_vec()];
    let config = server_config(&chain, &world.host, &version::TLS13);
    let config = flooding(&config, TICKETS);
    let wire = Wire::to(ServerConnection::new(config).unwrap().into(), 6, b"");
    // Whatever it is asked for is there at once.
    wire.end().most = usize::MAX;
    let mut stream = run(world.shake(Role::Client, &wire)).unwrap();
    let error = run(stream.read(&mut [0])).unwrap_err();
    let failure = stream.failure(error);
    assert!(matches!(failure, Failure::WithoutData), "{failure}");
    assert!(wire.end().is_speaking(), "everything was read");
}

#[test]
fn tickets_between_data_are_taken() {
    let world = World::new();
    let chain = [world.host.certificate.der().to_vec()];
    let config = server_config(&chain, &world.host, &version::TLS13);
    let said = octets(&mut Numbers::new(7), 100_000);
    let config = flooding(&config, TICKETS / 4);
    let wire = Wire::to(ServerConnection::new(config).unwrap().into(), 7, &said);
    let stream = run(world.shake(Role::Client, &wire)).unwrap();
    let (reader, _writer) = split(stream);
    let (read, ended) = run(read_all(reader, &mut Numbers::new(7)));
    ended.unwrap();
    assert!(read == said);
}

/// A server of ours after its handshake, and its client, who gives and takes everything at once; how often it was called.
fn after_handshake(
    world: &World,
    version: &'static SupportedProtocolVersion,
) -> (SecureStream<Wire>, Wire, usize) {
    let wire = world.wire(Role::Server, version, 10, b"");
    {
        let mut end = wire.end();
        (end.is_prompt, end.is_vectored) = (true, true);
    }
    let stream = run(world.shake(Role::Server, &wire)).unwrap();
    let calls = wire.end().calls;
    (stream, wire, calls)
}

/// In how many calls something has come to it since there were so many, and how many tickets it has.
fn calls_and_tickets(wire: &Wire, before: usize) -> (usize, u32) {
    let end = wire.end();
    (end.calls - before, end.tickets())
}

#[test]
fn the_ticket_of_a_server_goes_with_its_first_data() {
    let world = World::new();
    let (mut stream, wire, calls) = after_handshake(&world, &version::TLS13);
    assert!(stream.owes_ticket());
    assert_eq!(calls, 1, "its flight is all that it has sent");
    assert_eq!(wire.end().tickets(), 0);
    run(stream.write_all(b"word")).unwrap();
    assert!(!stream.owes_ticket());
    {
        assert_eq!(calls_and_tickets(&wire, calls), (1, 1));
        assert_eq!(wire.end().heard, b"word");
    }
    run(stream.write_all(b"more")).unwrap();
    assert_eq!(calls_and_tickets(&wire, calls), (2, 1));
    // Who does without tickets is told the rest of the handshake at once.
    let (stream, _wire, _calls) = after_handshake(&world, &version::TLS12);
    assert!(!stream.owes_ticket());
}

#[test]
fn ticket_and_data_come_whole_where_an_octet_is_taken_at_a_time() {
    let world = World::new();
    for is_vectored in [false, true] {
        let wire = world.wire(Role::Server, &version::TLS13, 11, b"");
        let mut stream = run(world.shake(Role::Server, &wire)).unwrap();
        {
            let mut end = wire.end();
            (end.most, end.is_vectored) = (1, is_vectored);
        }
        let said = octets(&mut Numbers::new(11), 20_000);
        run(async {
            stream.write_all(&said).await?;
            stream.shutdown().await
        })
        .unwrap();
        let end = wire.end();
        assert_eq!(end.tickets(), 1);
        assert!(end.heard == said && end.was_closed);
    }
}

#[test]
fn the_ticket_of_a_server_that_says_nothing_goes_when_it_is_flushed_and_before_its_end() {
    let world = World::new();
    let (mut stream, wire, calls) = after_handshake(&world, &version::TLS13);
    run(stream.flush()).unwrap();
    assert!(!stream.owes_ticket());
    assert_eq!(calls_and_tickets(&wire, calls), (1, 1));
    let (mut stream, wire, calls) = after_handshake(&world, &version::TLS13);
    run(stream.shutdown()).unwrap();
    assert_eq!(calls_and_tickets(&wire, calls), (1, 1));
    assert!(wire.end().was_closed);
}

#[test]
fn the_host_that_a_client_asked_for_is_known() {
    let world = World::new();
    for version in VERSIONS {
        let wire = world.wire(Role::Server, version, 4, b"");
        let stream = run(world.shake(Role::Server, &wire)).unwrap();
        assert_eq!(stream.server_name(), Some("a.example.com"));
        let wire = world.wire(Role::Client, version, 4, b"");
        let stream = run(world.shake(Role::Client, &wire)).unwrap();
        assert_eq!(stream.server_name(), None);
    }
}

#[test]
fn a_session_whose_resumption_cannot_be_read_is_not_offered_again() {
    let world = World::new();
    let chain = [world.host.certificate.der().to_vec()];
    let config = server_config(&chain, &world.host, &version::TLS12);
    let connect = |damage_at| {
        let peer = ServerConnection::new(config.clone()).unwrap();
        let wire = Wire::to(peer.into(), 5, b"");
        wire.end().damage_at = damage_at;
        let stream = run(world.shake(Role::Client, &wire));
        stream.map(|stream| stream.resumed())
    };
    assert_eq!(connect(None).unwrap(), Resumed::No);
    assert_eq!(connect(None).unwrap(), Resumed::Yes);
    let damaged = connect(Some(0)).unwrap_err();
    assert!(matches!(
        damaged,
        Failure::Protocol(rustls::Error::DecryptError)
    ));
    assert_eq!(connect(None).unwrap(), Resumed::No);
}
