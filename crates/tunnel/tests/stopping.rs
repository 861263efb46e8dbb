//! Stories of limits and of stopping: drain, cut, connection and idle limits.

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
use std::pin::pin;
use std::time::Duration;

use harness::{Log, Running, Service, World, patiently, spec};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use trustpack_settings::endpoint::Role;
use trustpack_tunnel::bind::{ListenAddress, bind};
use trustpack_tunnel::limits::Limits;
use trustpack_tunnel::report::Remote;
use trustpack_tunnel::run::Stopped;

/// A client tunnel with these limits, before a server tunnel with the usual ones and an echo.
async fn client_before_echo(limits: Limits) -> (Running, Running) {
    let world = World::new();
    let service = Service::new().await;
    let server = world.server(service.address);
    service.echo();
    let server = Running::start(&server, Role::Server, Limits::default()).await;
    let client = Running::start(&world.client(server.tcp()), Role::Client, limits).await;
    (server, client)
}

async fn says(program: &mut TcpStream, word: &[u8; 4]) {
    program.write_all(word).await.unwrap();
    let mut got = [0; 4];
    patiently(program.read_exact(&mut got)).await.unwrap();
    assert_eq!(&got, word);
}

/// A restart cuts nobody, whatever the limit for draining is.
#[tokio::test]
async fn after_a_take_over_connections_go_on() {
    let limits = Limits {
        drain: Duration::from_millis(1),
        ..Limits::default()
    };
    let (_server, client) = client_before_echo(limits).await;
    let mut program = client.connect().await;
    says(&mut program, b"ping").await;
    client.custody.give_up();
    client.stop.cancel();
    sleep(Duration::from_millis(50)).await;
    says(&mut program, b"pong").await;
    drop(program);
    assert_eq!(client.stopped().await, Stopped::Drained);
}

#[tokio::test]
async fn a_stop_waits_for_connections_and_takes_no_new_ones() {
    let (_server, client) = client_before_echo(Limits::default()).await;
    let address = client.tcp();
    let mut program = client.connect().await;
    says(&mut program, b"ping").await;
    client.stop.cancel();
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    patiently(refused).await;
    says(&mut program, b"pong").await;
    drop(program);
    assert_eq!(client.stopped().await, Stopped::Drained);
}

#[tokio::test]
async fn what_is_left_at_the_end_of_the_drain_is_cut_and_named() {
    let (log, _guard) = Log::keep();
    let limits = Limits {
        drain: Duration::ZERO,
        ..Limits::default()
    };
    let (_server, client) = client_before_echo(limits).await;
    let mut program = client.connect().await;
    says(&mut program, b"ping").await;
    let caller = Remote::Tcp(program.local_addr().unwrap());
    match client.stopped().await {
        Stopped::Cut(connections) => {
            assert_eq!(
                connections.iter().map(|c| c.caller).collect::<Vec<_>>(),
                [caller]
            );
        }
        Stopped::Drained => panic!("nothing was cut"),
    }
    let end = patiently(program.read(&mut [0; 1])).await;
    assert_eq!(
        end.expect_err("no orderly end").kind(),
        ErrorKind::ConnectionReset
    );
    log.line_with(&[
        "INFO connection ended reason=\"cut at the stop\"",
        "bytes_in=4 bytes_out=4",
    ])
    .await;
}

#[tokio::test]
async fn connection_limit() {
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    let (_server, client) = client_before_echo(limits).await;
    let mut first = client.connect().await;
    says(&mut first, b"ping").await;
    let mut second = client.connect().await;
    second.write_all(b"wait").await.unwrap();
    // As long as the first one is served the second gets no answer.
    let mut got = [0; 4];
    for _ in 0..10 {
        says(&mut first, b"more").await;
        let early = second.try_read(&mut got).map_err(|error| error.kind());
        assert_eq!(early, Err(ErrorKind::WouldBlock));
    }
    drop(first);
    patiently(second.read_exact(&mut got)).await.unwrap();
    assert_eq!(&got, b"wait");
}

#[tokio::test]
async fn quiet_tunnels_take_no_room_from_others() {
    let world = World::new();
    let service = Service::new().await;
    let server = world.server(service.address);
    service.echo();
    let server = Running::start(&server, Role::Server, Limits::default()).await;
    let site = world.client(server.tcp());
    let specs = (0..3).map(|_| spec(&site, Role::Client)).collect();
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    let bound = bind(specs, limits).await.unwrap().bound;
    let addresses: Vec<_> = bound.listening().map(|l| l.address.clone()).collect();
    let _client = Running::run(bound);
    for address in addresses {
        let ListenAddress::Tcp(address) = address else {
            panic!("{address} is no TCP address");
        };
        says(&mut TcpStream::connect(address).await.unwrap(), b"ping").await;
    }
}

#[tokio::test]
async fn idle_reaper() {
    let (log, _guard) = Log::keep();
    let idle = Duration::from_secs(1);
    let limits = Limits {
        idle: Some(idle),
        ..Limits::default()
    };
    let (_server, client) = client_before_echo(limits).await;
    let mut slow = client.connect().await;
    let mut quiet = client.connect().await;
    says(&mut quiet, b"ping").await;
    // Some bytes now and then are enough to be let live, for longer than the one that says nothing.
    let mut octet = [0; 1];
    let mut reaped = pin!(quiet.read(&mut octet));
    let end = loop {
        says(&mut slow, b"slow").await;
        if let Ok(end) = timeout(idle / 10, &mut reaped).await {
            break end;
        }
    };
    assert_eq!(
        end.expect_err("no orderly end").kind(),
        ErrorKind::ConnectionReset
    );
    for _ in 0..20 {
        says(&mut slow, b"slow").await;
        sleep(idle / 10).await;
    }
    log.line_with(&["INFO connection ended", "nothing moved for 1s"])
        .await;
    client.has_open(1).await;
}
