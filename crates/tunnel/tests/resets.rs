//! Stories of connections that are reset: whatever was the last byte, and in whatever a connection was. Both ends learn of
//! it, the log has a reason, nothing is left, and others go on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod harness;
#[path = "../../material/tests/support/mod.rs"]
mod support;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use harness::{
    Deaf, Log, Running, Service, World, fill, noise, pair, patiently, resets, says, send_then_read,
    spec,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use trustpack_settings::endpoint::Role;
use trustpack_tunnel::bind::bind;
use trustpack_tunnel::course::WaitsFor;
use trustpack_tunnel::limits::Limits;
use trustpack_tunnel::proxy_header::Accepted;
use trustpack_tunnel::senders::Senders;
use trustpack_tunnel::spec::ProxyHeaders;

/// A way between two tunnels on which connections break.
struct Cutter {
    near: Service,
    to: SocketAddr,
}

/// In which direction so many bytes are the last.
#[derive(Clone, Copy, Debug)]
enum Last {
    Forth(usize),
    Back(usize),
    None,
}

impl Cutter {
    async fn before(to: SocketAddr) -> Self {
        let near = Service::new().await;
        Self { near, to }
    }

    /// Passes the next connection on until the last byte, or its end. Says how many have passed each way.
    async fn carry(&self, last: Last) -> (usize, usize) {
        let mut near = self.near.accept().await;
        let mut far = TcpStream::connect(self.to).await.unwrap();
        let (most_forth, most_back) = match last {
            Last::Forth(most) => (most, usize::MAX),
            Last::Back(most) => (usize::MAX, most),
            Last::None => (usize::MAX, usize::MAX),
        };
        let (mut forth, mut back) = (0, 0);
        let (mut forth_ended, mut back_ended) = (false, false);
        let (mut from_near, mut from_far) = ([0; 4096], [0; 4096]);
        while forth < most_forth && back < most_back && !(forth_ended && back_ended) {
            tokio::select! {
                read = near.read(&mut from_near), if !forth_ended => {
                    let count = read.unwrap_or(0).min(most_forth - forth);
                    forth_ended = passed_on(&from_near[..count], &mut far).await;
                    forth += count;
                }
                read = far.read(&mut from_far), if !back_ended => {
                    let count = read.unwrap_or(0).min(most_back - back);
                    back_ended = passed_on(&from_far[..count], &mut near).await;
                    back += count;
                }
            }
        }
        if !matches!(last, Last::None) {
            resets(near);
            resets(far);
        }
        (forth, back)
    }
}

/// Passes a piece on, or the end. Says whether nothing more can be.
async fn passed_on(piece: &[u8], to: &mut TcpStream) -> bool {
    let passed = if piece.is_empty() {
        to.shutdown().await
    } else {
        to.write_all(piece).await
    };
    piece.is_empty() || passed.is_err()
}

/// Steps of the last byte: small enough for each message of a handshake to be cut.
const STEP: usize = 59;

#[tokio::test]
async fn resets_at_every_step() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let service = Service::new().await;
    let limits = Limits::default();
    let server = Running::start(&world.server(service.address), Role::Server, limits).await;
    service.echo();
    let cutter = Cutter::before(server.tcp()).await;
    let client = Running::start(&world.client(cutter.near.address), Role::Client, limits).await;
    let beside = Running::start(&world.client(server.tcp()), Role::Client, limits).await;
    let mut untouched = beside.connect().await;
    says(&mut untouched, b"before").await;
    let data = noise(7, 1000);
    let run = async |last| {
        let mut program = client.connect().await;
        tokio::join!(cutter.carry(last), send_then_read(&mut program, &data))
    };
    let ((forth, back), got) = run(Last::None).await;
    assert!(got.unwrap() == data, "without a cut all of it comes back");
    let forth = (0..forth).step_by(STEP).map(Last::Forth);
    let back = (0..back).step_by(STEP).map(Last::Back);
    let (mut cut, mut whole) = (0, 0);
    for last in forth.chain(back) {
        match run(last).await.1 {
            // What was cut were the last words of TLS, if any.
            Ok(got) => {
                assert!(got == data, "{last:?}: an orderly end after {}", got.len());
                whole += 1;
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{last:?}");
                cut += 1;
            }
        }
        client.has_open(0).await;
        server.has_open(1).await;
        says(&mut untouched, b"still here").await;
    }
    assert!(cut > whole, "{cut} were cut, {whole} were not");
    for line in log.text().lines() {
        assert!(
            line.contains(" cause=") || !line.contains("reason=") || line.contains("both sides"),
            "no cause: {line}"
        );
    }
    for words in ["the connection failed", "the connection to the peer broke"] {
        log.line_with(&["WARN", words]).await;
    }
    says(&mut client_of(&cutter, &client).await, b"a new one").await;
}

/// A connection that is not cut.
async fn client_of(cutter: &Cutter, client: &Running) -> TcpStream {
    let program = client.connect().await;
    let mut near = cutter.near.accept().await;
    let mut far = TcpStream::connect(cutter.to).await.unwrap();
    tokio::spawn(async move { tokio::io::copy_bidirectional(&mut near, &mut far).await });
    program
}

/// Sees its end by a reset.
async fn is_reset(stream: &mut TcpStream) {
    let mut got = vec![0; 1 << 16];
    let end = patiently(async {
        loop {
            match stream.read(&mut got).await {
                Ok(0) => break None,
                Ok(_) => {}
                Err(error) => break Some(error.kind()),
            }
        }
    });
    assert_eq!(end.await, Some(ErrorKind::ConnectionReset));
}

/// A pair of tunnels with its service, and one connection through both.
struct Scene {
    server: Running,
    client: Running,
    service: Service,
}

impl Scene {
    async fn new(world: &World) -> Self {
        let service = Service::new().await;
        let (server, client) = pair(world, service.address, Limits::default()).await;
        Self {
            server,
            client,
            service,
        }
    }

    /// Both ends of a new connection, on which a word was said in each direction.
    async fn open(&self) -> (TcpStream, TcpStream) {
        let mut program = self.client.connect().await;
        program.write_all(b"a").await.unwrap();
        let mut at_service = self.service.accept().await;
        patiently(at_service.read_exact(&mut [0])).await.unwrap();
        at_service.write_all(b"b").await.unwrap();
        patiently(program.read_exact(&mut [0])).await.unwrap();
        (program, at_service)
    }

    async fn have_open(&self, count: usize) {
        self.client.has_open(count).await;
        self.server.has_open(count).await;
    }
}

#[tokio::test]
async fn either_end_may_reset_while_data_goes_one_way_or_both() {
    let world = World::new();
    let scene = Scene::new(&world).await;
    let (mut untouched, mut beside) = scene.open().await;
    let data = noise(8, 300_000);
    for (forth, back) in [(true, false), (false, true), (true, true)] {
        for program_resets in [true, false] {
            let (mut program, mut at_service) = scene.open().await;
            let piece = &data[..];
            let sends = async |stream: &mut TcpStream, sends: bool| {
                if sends {
                    drop(
                        tokio::time::timeout(Duration::from_millis(20), stream.write_all(piece))
                            .await,
                    );
                }
            };
            tokio::join!(sends(&mut program, forth), sends(&mut at_service, back));
            let left = if program_resets {
                resets(program);
                &mut at_service
            } else {
                resets(at_service);
                &mut program
            };
            is_reset(left).await;
            scene.have_open(1).await;
            untouched.write_all(b"still").await.unwrap();
            patiently(beside.read_exact(&mut [0; 5])).await.unwrap();
        }
    }
}

#[tokio::test]
async fn either_end_may_reset_after_one_has_said_that_it_is_done() {
    let world = World::new();
    let scene = Scene::new(&world).await;
    for program_is_done in [true, false] {
        for program_resets in [true, false] {
            let (mut program, mut at_service) = scene.open().await;
            let (done, other) = if program_is_done {
                (&mut program, &mut at_service)
            } else {
                (&mut at_service, &mut program)
            };
            done.shutdown().await.unwrap();
            assert_eq!(patiently(other.read(&mut [0])).await.unwrap(), 0);
            let (resetting, left) = if program_resets {
                (program, &mut at_service)
            } else {
                (at_service, &mut program)
            };
            resets(resetting);
            // Whoever was told of the end sees the reset when it writes; who said it, when it reads.
            if program_is_done == program_resets {
                patiently(async {
                    while left.write_all(b"more").await.is_ok() {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                })
                .await;
            } else {
                is_reset(left).await;
            }
            scene.have_open(0).await;
        }
    }
}

/// Takes two looks of each tunnel at whoever is not read from.
#[tokio::test]
async fn a_reset_is_noticed_where_the_other_end_takes_nothing() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let scene = Scene::new(&world).await;
    let mut kept = Vec::new();
    let mut resetting = Vec::new();
    // Blocked one way, the other way, and both ways.
    for (forth, back) in [(true, false), (false, true), (true, true)] {
        let (mut program, mut at_service) = scene.open().await;
        if forth {
            fill(&mut program).await;
        }
        if back {
            fill(&mut at_service).await;
        }
        // Whoever sent into the void gives up.
        if forth {
            resetting.push(program);
            kept.push(at_service);
        } else {
            resetting.push(at_service);
            kept.push(program);
        }
    }
    scene.have_open(3).await;
    resetting.into_iter().for_each(resets);
    scene.have_open(0).await;
    log.line_with(&[
        "WARN connection ended",
        "role=client",
        "cause=program-broke",
    ])
    .await;
    for stream in &mut kept {
        is_reset(stream).await;
    }
}

#[tokio::test]
async fn a_caller_may_reset_while_the_program_is_dialled() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let deaf = Deaf::new().await;
    let limits = Limits {
        connect: Duration::from_secs(1),
        ..Limits::default()
    };
    let (server, client) = pair(&world, deaf.address, limits).await;
    let program = client.connect().await;
    let waits_for = || {
        let connections = server.overview.connections();
        connections.oldest.first().and_then(|one| one.waits_for)
    };
    patiently(async {
        while waits_for() != Some(WaitsFor::Target) {
            // The tunnels run on this thread: give them a turn.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    resets(program);
    client.has_open(0).await;
    server.has_open(0).await;
    let words = [
        "WARN connection ended",
        "was not reached",
        "cause=no-answer",
    ];
    log.line_with(&words).await;
}

#[tokio::test]
async fn a_caller_may_reset_in_its_proxy_header() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let service = Service::new().await;
    let takes = ProxyHeaders {
        taken: Some(Accepted::Any),
        from: Senders::ThisMachine,
        sent: None,
    };
    let spec = spec(&world.server(service.address), Role::Server);
    let spec = spec.with_proxy_headers(takes).unwrap();
    let server = Running::run(bind(vec![spec], Limits::default()).await.unwrap().bound);
    let line = b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n";
    for last in 0..line.len() {
        let mut caller = server.connect().await;
        caller.write_all(&line[..last]).await.unwrap();
        server.has_open(1).await;
        resets(caller);
        server.has_open(0).await;
    }
    let words = [
        "the connection failed before its PROXY header was complete",
        "cause=no-proxy-header",
    ];
    log.line_with(&words).await;
}
