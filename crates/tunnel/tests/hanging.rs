//! Stories of programs that hang: they accept and never read, or never accept. Whoever waits for them waits for a limited
//! time, and is told why.

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
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use harness::{Deaf, Log, Running, Service, World, fill, pair, patiently, says};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, bind, listen, socket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use trustpack_settings::endpoint::Role;
use trustpack_settings::value::{NetworkAddress, PlainAddress};
use trustpack_tunnel::limits::Limits;

/// Limits that a story can wait for.
fn short() -> Limits {
    Limits {
        connect: Duration::from_millis(300),
        reach: Duration::from_secs(1),
        ..Limits::default()
    }
}

async fn is_reset(program: &mut tokio::net::TcpStream) {
    let end = patiently(program.read(&mut [0])).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn whoever_gives_up_on_a_program_that_accepts_and_never_reads_leaves_nothing() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let hanging = Service::new().await;
    let limits = Limits {
        idle: Some(Duration::from_secs(2)),
        ..Limits::default()
    };
    let (server, client) = pair(&world, hanging.address, limits).await;
    let mut held = Vec::new();
    // One has sent all that is taken, the other a few bytes; both end in the ordinary way.
    for much in [true, false] {
        let mut program = client.connect().await;
        program.write_all(b"a few").await.unwrap();
        held.push(hanging.accept().await);
        if much {
            fill(&mut program).await;
        }
        drop(program);
    }
    client.has_open(0).await;
    server.has_open(0).await;
    log.line_with(&["connection ended", "nothing moved for 2s", "cause=idle"])
        .await;
}

#[tokio::test]
async fn a_program_that_never_accepts_is_waited_for_up_to_the_limit() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let deaf = Deaf::new().await;
    let (server, client) = pair(&world, deaf.address, short()).await;
    is_reset(&mut client.connect().await).await;
    let address = deaf.address.to_string();
    let words = [
        &*address,
        "was not reached: no answer after 300ms",
        "cause=no-answer",
    ];
    log.line_with(&words).await;
    server.has_open(0).await;
}

#[tokio::test]
async fn a_program_that_never_accepts_at_a_unix_socket_is_one_too() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program");
    let listener = socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
    bind(&listener, &SocketAddrUnix::new(&path).unwrap()).unwrap();
    listen(&listener, 0).unwrap();
    let waiting = UnixStream::connect(&path).unwrap();
    let mut site = world.server("127.0.0.1:1".parse().unwrap());
    site.plain = Some(
        format!("unix:{}", path.display())
            .parse::<PlainAddress>()
            .unwrap(),
    );
    let server = Running::start(&site, Role::Server, short()).await;
    let client = Running::start(&world.client(server.tcp()), Role::Client, short()).await;
    is_reset(&mut client.connect().await).await;
    let words = ["was not reached: no answer after 300ms", "cause=no-answer"];
    log.line_with(&words).await;
    // Who comes while there is room in time gets through. Here the limit is not to be reached.
    let server = Running::start(&site, Role::Server, Limits::default()).await;
    let client = world.client(server.tcp());
    let client = Running::start(&client, Role::Client, Limits::default()).await;
    let mut late = client.connect().await;
    late.write_all(b"late").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(waiting);
    let listener = std::os::unix::net::UnixListener::from(listener);
    listener.set_nonblocking(true).unwrap();
    let listener = UnixListener::from_std(listener).unwrap();
    drop(patiently(listener.accept()).await.unwrap());
    let (mut at_program, _) = patiently(listener.accept()).await.unwrap();
    let mut got = [0; 4];
    patiently(at_program.read_exact(&mut got)).await.unwrap();
    assert_eq!(&got, b"late");
}

#[tokio::test]
async fn all_addresses_of_a_target_together_have_a_limit() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let deaf = Deaf::new().await;
    let mut site = world.client(deaf.address);
    site.network = Some(NetworkAddress::Given(vec![deaf.address; 10]));
    // The second one is asked long before the limit, which comes before its own time is over.
    let limits = Limits {
        connect: Duration::from_millis(510),
        ..short()
    };
    let client = Running::start(&site, Role::Client, limits).await;
    let begun = Instant::now();
    is_reset(&mut client.connect().await).await;
    let took = begun.elapsed();
    assert!(
        took >= limits.reach && took < 10 * limits.connect,
        "{took:?}"
    );
    let words = [
        "no answer within 1s of the first 2 of its 10 addresses",
        "cause=no-answer",
    ];
    log.line_with(&words).await;
}

#[tokio::test]
async fn who_waits_for_room_waits_for_a_limited_time() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let service = Service::new().await;
    let site = world.server(service.address);
    service.echo();
    let server = Running::start(&site, Role::Server, Limits::default()).await;
    let limits = Limits {
        connections: 1,
        room: Duration::from_millis(300),
        ..Limits::default()
    };
    let client = Running::start(&world.client(server.tcp()), Role::Client, limits).await;
    let mut first = client.connect().await;
    says(&mut first, b"ping").await;
    is_reset(&mut client.connect().await).await;
    let words = [
        "WARN connection ended reason=\"there was no room for it within 300ms: as many connections as there may be are there (1)\"",
        "cause=no-room",
    ];
    log.line_with(&words).await;
    says(&mut first, b"still here").await;
    drop(first);
    says(&mut client.connect().await, b"and the next").await;
}

/// Both were let in while there was room, and only one could stay.
#[tokio::test]
async fn who_waits_for_room_after_the_first_words_waits_for_a_limited_time() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let service = Service::new().await;
    let site = world.server(service.address).set("upgrade", "1");
    service.echo();
    let limits = Limits {
        connections: 1,
        room: Duration::from_millis(300),
        ..Limits::default()
    };
    let server = Running::start(&site, Role::Server, limits).await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    server.has_open(2).await;
    says(&mut first, b"plain text").await;
    second.write_all(b"plain text too").await.unwrap();
    is_reset(&mut second).await;
    log.line_with(&[
        "WARN",
        "there was no room for it within 300ms",
        "cause=no-room",
    ])
    .await;
    says(&mut first, b"still here").await;
}
