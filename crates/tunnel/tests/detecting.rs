//! Stories of a port whose clients' first bytes decide, over real sockets.

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

use std::net::SocketAddr;
use std::time::Duration;

use harness::{FREE_PORT, Log, Running, Service, World, noise, patiently, send_then_read};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use trustpack_settings::endpoint::Role;
use trustpack_tunnel::limits::Limits;

/// A hello as OpenSSL sends it.
const HELLO: &[u8] = include_bytes!("../../../fuzz/seeds/hello/openssl_13");

/// A tunnel that detects TLS, to a service that sends back what comes.
async fn detecting(world: &World, limits: Limits) -> Running {
    let service = Service::new().await;
    let site = world.server(service.address).set("upgrade", "1");
    service.echo();
    Running::start(&site, Role::Server, limits).await
}

#[tokio::test]
async fn plain_and_tls_clients_are_carried_side_by_side() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let server = detecting(&world, Limits::default()).await;
    let client = world.client(server.tcp());
    let client = Running::start(&client, Role::Client, Limits::default()).await;
    let data = noise(1, 300_000);
    let (mut plain, mut program) = (server.connect().await, client.connect().await);
    let (in_plain, in_tls) = tokio::join!(
        send_then_read(&mut plain, &data),
        send_then_read(&mut program, &data)
    );
    assert!(in_plain.unwrap() == data && in_tls.unwrap() == data);
    log.line_with(&[
        "INFO connection ended",
        "bytes_in=300000 bytes_out=300000",
        "the client spoke plain text; this port takes TLS too",
    ])
    .await;
    log.line_with(&["INFO connection ended", "bytes_in=300000", "TLS 1.3"])
        .await;
}

/// Passes on what comes at an address one byte at a time, for one connection.
async fn one_byte_at_a_time(to: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind(FREE_PORT).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (caller, _) = listener.accept().await.unwrap();
        let called = TcpStream::connect(to).await.unwrap();
        called.set_nodelay(true).unwrap();
        let (mut from_caller, mut to_caller) = caller.into_split();
        let (mut from_called, mut to_called) = called.into_split();
        let back = tokio::io::copy(&mut from_called, &mut to_caller);
        let forth = async {
            while let Ok(byte) = from_caller.read_u8().await {
                to_called.write_u8(byte).await?;
                // So that the other side reads it by itself.
                tokio::task::yield_now().await;
            }
            to_called.shutdown().await
        };
        drop(tokio::join!(back, forth));
    });
    address
}

#[tokio::test]
async fn a_hello_that_comes_byte_by_byte_is_waited_for() {
    let world = World::new();
    let server = detecting(&world, Limits::default()).await;
    let client = world.client(one_byte_at_a_time(server.tcp()).await);
    let client = Running::start(&client, Role::Client, Limits::default()).await;
    let mut program = client.connect().await;
    let data = noise(2, 2_000);
    assert_eq!(send_then_read(&mut program, &data).await.unwrap(), data);
}

#[tokio::test]
async fn what_begins_like_tls_never_reaches_the_service() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    // Nobody is there: a tunnel that dialled would say so.
    let site = world.server("127.0.0.1:1".parse().unwrap());
    let site = site.set("upgrade", "1");
    let server = Running::start(&site, Role::Server, Limits::default()).await;
    for (words, reason) in [
        (
            &b"\x16garbage of any kind"[..],
            "a record of version 103.97",
        ),
        (b"\x15\x03\x03\0\x02\x02\x28", "a record of type 21"),
        (b"\x80\x2e\x01\x03\x01", "the form of SSL 2.0"),
    ] {
        let mut peer = server.connect().await;
        peer.write_all(words).await.unwrap();
        let mut heard = Vec::new();
        patiently(peer.read_to_end(&mut heard)).await.unwrap();
        assert_eq!(heard[..6], [21, 3, 3, 0, 2, 2], "an alert");
        let line = [
            "WARN handshake refused step=\"protocol\"",
            "hello is broken",
            reason,
        ];
        log.line_with(&line).await;
    }
    assert!(!log.text().contains("127.0.0.1:1 "), "{}", log.text());
}

#[tokio::test]
async fn who_does_not_say_enough_is_closed_at_the_limit() {
    let (log, _guard) = Log::keep();
    let limits = Limits {
        handshake: Duration::from_millis(50),
        ..Limits::default()
    };
    let server = detecting(&World::new(), limits).await;
    for (words, reason) in [
        (&b""[..], "the client said nothing for 50ms"),
        (&HELLO[..100], "in the middle of the handshake"),
    ] {
        let mut peer = server.connect().await;
        peer.write_all(words).await.unwrap();
        let end = patiently(peer.read(&mut [0; 1])).await;
        assert_eq!(end.unwrap(), 0);
        log.line_with(&["WARN handshake refused", reason]).await;
    }
}

#[tokio::test]
async fn a_client_without_a_certificate_may_only_come_in_plain() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let service = Service::new().await;
    let site = world.server(service.address).set("upgrade", "1");
    service.echo();
    let site = site.set("tls-mutual", "1");
    let server = Running::start(&site, Role::Server, Limits::default()).await;
    let client = Running::start(&world.client(server.tcp()), Role::Client, Limits::default()).await;
    let mut program = client.connect().await;
    drop(program.write_all(b"secret").await);
    let end = patiently(program.read(&mut [0; 1])).await;
    assert!(end.is_err());
    log.line_with(&[
        "WARN handshake refused step=\"path\"",
        "presented no certificate",
    ])
    .await;
    let mut plain = server.connect().await;
    assert_eq!(
        send_then_read(&mut plain, b"hello").await.unwrap(),
        b"hello"
    );
}
