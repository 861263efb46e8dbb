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
use std::net::SocketAddr;

use harness::{Log, Service, World, fill, noise, pair, patiently, says};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use trustpack_tunnel::limits::Limits;

#[tokio::test]
async fn backend_flapping() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    // Nobody is given this number by the system meanwhile: we have it on another address.
    let held = Service::new().await;
    let address = SocketAddr::from(([127, 0, 0, 2], held.address.port()));
    let steady = Service::new().await;
    let (_steady_server, steady_client) = pair(&world, steady.address, Limits::default()).await;
    steady.echo();
    let mut untouched = steady_client.connect().await;
    let (_server, client) = pair(&world, address, Limits::default()).await;
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
    let (_server, client) = pair(&world, service.address, Limits::default()).await;
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

#[tokio::test]
async fn a_peer_that_never_reads_is_waited_for_with_little_memory() {
    let world = World::new();
    let service = Service::new().await;
    let (_server, client) = pair(&world, service.address, Limits::default()).await;
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
