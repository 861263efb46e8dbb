//! Stories of programs and peers that behave badly: what each gets, and that others are not touched.

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
use std::time::Duration;

use harness::{Log, Running, Service, World, noise, patiently};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use trustpack_settings::endpoint::Role;
use trustpack_tunnel::limits::Limits;

/// A hello as OpenSSL sends it.
const HELLO: &[u8] = include_bytes!("../../../fuzz/seeds/hello/openssl_13");

/// A client tunnel before a server tunnel before this service.
async fn pair(world: &World, to: std::net::SocketAddr) -> (Running, Running) {
    let server = Running::start(&world.server(to), Role::Server, Limits::default()).await;
    let client = world.client(server.tcp());
    let client = Running::start(&client, Role::Client, Limits::default()).await;
    (server, client)
}

async fn says(program: &mut TcpStream, words: &[u8]) {
    patiently(async {
        program.write_all(words).await.unwrap();
        let mut got = vec![0; words.len()];
        program.read_exact(&mut got).await.unwrap();
        assert_eq!(got, words);
    })
    .await;
}

#[tokio::test]
async fn backend_flapping() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let address = Service::new().await.address;
    let steady = Service::new().await;
    let (_steady_server, steady_client) = pair(&world, steady.address).await;
    steady.echo();
    let mut untouched = steady_client.connect().await;
    let (_server, client) = pair(&world, address).await;
    for round in 0..3 {
        let mut program = client.connect().await;
        let end = patiently(program.read(&mut [0])).await;
        let end = end.expect_err("nobody is there").kind();
        assert_eq!(end, ErrorKind::ConnectionReset, "round {round}");
        let listener = TcpListener::bind(address).await.unwrap();
        let mut program = client.connect().await;
        let (mut at_service, _) = patiently(listener.accept()).await.unwrap();
        program.write_all(b"up").await.unwrap();
        let mut got = [0; 2];
        patiently(at_service.read_exact(&mut got)).await.unwrap();
        assert_eq!(&got, b"up");
        // It goes with the connection open.
        at_service.set_zero_linger().unwrap();
        drop((listener, at_service));
        let end = patiently(program.read(&mut got)).await;
        let end = end.expect_err("no orderly end").kind();
        assert_eq!(end, ErrorKind::ConnectionReset, "round {round}");
        says(&mut untouched, b"still here").await;
    }
    let words = format!("{address} was not reached");
    log.line_with(&["WARN connection ended", &words]).await;
}

#[tokio::test]
async fn tiny_writes() {
    let world = World::new();
    let service = Service::new().await;
    let (_server, client) = pair(&world, service.address).await;
    service.echo();
    let mut program = client.connect().await;
    program.set_nodelay(true).unwrap();
    let data = noise(5, 2000);
    for byte in data.chunks(1) {
        program.write_all(byte).await.unwrap();
        // Every other one waits for its answer, so that each way of being late comes up.
        if byte[0] % 2 == 0 {
            tokio::task::yield_now().await;
        }
    }
    program.shutdown().await.unwrap();
    let mut got = Vec::new();
    patiently(program.read_to_end(&mut got)).await.unwrap();
    assert!(got == data, "what came back differs");
}

/// Writes until nothing is taken any more: how much was.
async fn fill(stream: &mut TcpStream) -> usize {
    let piece = noise(6, 64 * 1024);
    let mut taken = 0;
    // No byte for so long: buffers of six sockets and of two tunnels are full.
    while let Ok(count) = timeout(Duration::from_millis(500), stream.write(&piece)).await {
        taken += count.unwrap();
        assert!(taken < MOST_HELD, "more is held than buffers have");
    }
    taken
}

/// The sockets' own buffers grow to a few MiB each (`tcp_wmem`, `tcp_rmem`); a tunnel holds 64 KiB.
const MOST_HELD: usize = 64 * 1024 * 1024;

#[tokio::test]
async fn a_peer_that_never_reads_is_waited_for_with_little_memory() {
    let world = World::new();
    let service = Service::new().await;
    let (_server, client) = pair(&world, service.address).await;
    let mut program = client.connect().await;
    let mut at_service = service.accept().await;
    let taken = fill(&mut program).await;
    // The other direction still moves, and nothing was lost.
    at_service.write_all(b"back").await.unwrap();
    let mut got = [0; 4];
    patiently(program.read_exact(&mut got)).await.unwrap();
    assert_eq!(&got, b"back");
    drop(program);
    let mut rest = Vec::new();
    let end = patiently(at_service.read_to_end(&mut rest)).await;
    assert!(
        end.is_ok() && rest.len() == taken,
        "{end:?}, {}",
        rest.len()
    );
}

#[tokio::test]
async fn resets_at_every_step() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let service = Service::new().await;
    let (server, client) = pair(&world, service.address).await;
    service.echo();
    let mut untouched = client.connect().await;
    let steps = (0..HELLO.len()).step_by(16).chain([HELLO.len()]);
    let mut count = 0;
    for step in steps {
        let mut caller = server.connect().await;
        caller.write_all(&HELLO[..step]).await.unwrap();
        if step == HELLO.len() {
            // In the middle of what the server says.
            patiently(caller.read_exact(&mut [0; 100])).await.unwrap();
        }
        caller.set_zero_linger().unwrap();
        drop(caller);
        count += 1;
        if count % 8 == 0 {
            says(&mut untouched, b"still here").await;
        }
    }
    patiently(async {
        while log.text().matches("handshake refused").count() < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    let text = log.text();
    assert!(text.contains("the connection failed"), "{text}");
    says(&mut client.connect().await, b"a new one").await;
}
