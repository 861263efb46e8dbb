//! Stories of data: through a client tunnel and a server tunnel to a service, and back.

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

use harness::{Log, PATIENCE, Running, Service, World, noise, patiently, send_then_read};
use support::Site;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use trustpack_settings::endpoint::{Role, State};
use trustpack_settings::value::PlainAddress;
use trustpack_tls::client::ClientContext;
use trustpack_tls::established::Resumed;
use trustpack_tunnel::lanes::Lanes;
use trustpack_tunnel::limits::Limits;
use trustpack_tunnel::run::Stopped;

const MANY: usize = 3 * 1024 * 1024 + 17;

/// Both tunnels, and a service behind them.
async fn pair(world: &World, to: &Service, change: impl Fn(Site) -> Site) -> (Running, Running) {
    let server = change(world.server(to.address));
    let server = Running::start(&server, Role::Server, Limits::default()).await;
    let client = change(world.client(server.tcp()));
    let client = Running::start(&client, Role::Client, Limits::default()).await;
    (server, client)
}

/// Sends both ways with half-close: the service answers only after the end of what it was sent.
async fn exchange(client: &Running, service: &Service) {
    let (request, answer) = (noise(1, MANY), noise(2, MANY));
    let mut program = client.connect().await;
    let at_service = async {
        let mut stream = service.accept().await;
        let mut got = Vec::new();
        stream.read_to_end(&mut got).await.unwrap();
        stream.write_all(&answer).await.unwrap();
        got
    };
    let (got_answer, got_request) =
        patiently(async { tokio::join!(send_then_read(&mut program, &request), at_service) }).await;
    assert!(got_request == request, "what the service got differs");
    assert!(
        got_answer.unwrap() == answer,
        "what the program got differs"
    );
}

#[tokio::test]
async fn data_arrives_whole_on_threads_of_its_own() {
    const AT_ONCE: usize = 8;
    let world = World::new();
    let service = Service::new().await;
    let site = world.server(service.address);
    let server = Running::start_on(Lanes::start(3).unwrap(), &site, Role::Server).await;
    let site = world.client(server.tcp());
    let client = Running::start_on(Lanes::start(2).unwrap(), &site, Role::Client).await;
    service.echo();
    let mut programs = Vec::new();
    for number in 0..AT_ONCE {
        let mut program = client.connect().await;
        programs.push(tokio::spawn(async move {
            let sent = noise(u64::try_from(number).unwrap(), MANY);
            let got = patiently(send_then_read(&mut program, &sent))
                .await
                .unwrap();
            assert!(got == sent, "what came back on connection {number} differs");
        }));
    }
    for program in programs {
        program.await.unwrap();
    }
    assert_eq!(client.stopped().await, Stopped::Drained);
    assert_eq!(server.stopped().await, Stopped::Drained);
}

#[tokio::test]
async fn data_arrives_whole_both_ways_in_both_versions() {
    let world = World::new();
    for max in ["TLSv12", "TLSv13"] {
        let service = Service::new().await;
        let (_server, client) =
            pair(&world, &service, |site| site.set("sec-protocol-max", max)).await;
        exchange(&client, &service).await;
    }
}

#[tokio::test]
async fn mutual_tls_carries_and_logs_one_line_on_each_side() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let service = Service::new().await;
    let server = world.server(service.address).set("tls-mutual", "1");
    let server = Running::start(&server, Role::Server, Limits::default()).await;
    let client = world.client(server.tcp()).issued(&world.client);
    let client = Running::start(&client, Role::Client, Limits::default()).await;
    exchange(&client, &service).await;
    let bytes = format!("bytes_in={MANY} bytes_out={MANY}");
    let ended = [
        "INFO connection ended",
        "both sides were done",
        "TLS 1.3",
        bytes.as_str(),
    ];
    for subject in ["CN=a.example.com", "CN=b.example.com"] {
        log.line_with(&[&ended[..], &[subject]].concat()).await;
    }
    assert_eq!(log.text().lines().count(), 2, "{}", log.text());
}

#[tokio::test]
async fn half_close_return_traffic() {
    let world = World::new();
    let service = Service::new().await;
    let (_server, client) = pair(&world, &service, |site| site).await;
    let mut program = client.connect().await;
    let mut at_service = service.accept().await;
    // The service is done at once; what the program says afterwards still arrives.
    at_service.write_all(b"hello").await.unwrap();
    at_service.shutdown().await.unwrap();
    let mut got = Vec::new();
    patiently(program.read_to_end(&mut got)).await.unwrap();
    assert_eq!(got, b"hello");
    program.write_all(b"goodbye").await.unwrap();
    program.shutdown().await.unwrap();
    let mut got = Vec::new();
    patiently(at_service.read_to_end(&mut got)).await.unwrap();
    assert_eq!(got, b"goodbye");
}

#[tokio::test]
async fn a_slow_reader_loses_nothing() {
    let world = World::new();
    let service = Service::new().await;
    let (_server, client) = pair(&world, &service, |site| site).await;
    let mut program = client.connect().await;
    let mut at_service = service.accept().await;
    let bytes = noise(3, 8 * MANY);
    let sent = bytes.clone();
    let sending = tokio::spawn(async move {
        at_service.write_all(&sent).await.unwrap();
        at_service.shutdown().await.unwrap();
    });
    let mut got = Vec::new();
    let mut some = [0; 1000];
    patiently(async {
        loop {
            match program.read(&mut some).await.unwrap() {
                0 => break,
                count => got.extend_from_slice(&some[..count]),
            }
        }
    })
    .await;
    sending.await.unwrap();
    assert!(got == bytes, "what was read differs");
}

#[tokio::test]
async fn abortive_close() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let service = Service::new().await;
    let (_server, client) = pair(&world, &service, |site| site).await;
    let mut program = client.connect().await;
    program.write_all(b"begun").await.unwrap();
    let mut at_service = service.accept().await;
    let mut got = [0; 5];
    patiently(at_service.read_exact(&mut got)).await.unwrap();
    program.set_zero_linger().unwrap();
    drop(program);
    let end = patiently(at_service.read(&mut got)).await;
    assert_eq!(
        end.expect_err("no orderly end").kind(),
        ErrorKind::ConnectionReset
    );
    log.line_with(&[
        "WARN connection ended",
        "the connection to the program broke",
    ])
    .await;
}

#[tokio::test]
async fn a_reset_of_the_service_reaches_the_program() {
    let world = World::new();
    let service = Service::new().await;
    let (_server, client) = pair(&world, &service, |site| site).await;
    let mut program = client.connect().await;
    let at_service = service.accept().await;
    at_service.set_zero_linger().unwrap();
    drop(at_service);
    let end = patiently(program.read(&mut [0; 5])).await;
    assert_eq!(
        end.expect_err("no orderly end").kind(),
        ErrorKind::ConnectionReset
    );
}

#[tokio::test]
async fn unix_sockets_are_plain_sides_on_both_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let plain = |name: &str| PlainAddress::Unix(path(name).to_str().unwrap().parse().unwrap());
    let world = World::new();
    let service = UnixListener::bind(path("service")).unwrap();
    let mut server = world.server("127.0.0.1:1".parse().unwrap());
    server.plain = Some(plain("service"));
    let server = Running::start(&server, Role::Server, Limits::default()).await;
    let mut client = world.client(server.tcp());
    client.plain = Some(plain("program"));
    // The socket of a process that is gone is in the way, and gives way.
    drop(UnixListener::bind(path("program")).unwrap());
    let client = Running::start(&client, Role::Client, Limits::default()).await;
    let mut program = UnixStream::connect(path("program")).await.unwrap();
    let answering = async {
        let (mut stream, _) = service.accept().await.unwrap();
        let mut got = Vec::new();
        stream.read_to_end(&mut got).await.unwrap();
        stream.write_all(&got).await.unwrap();
    };
    let bytes = noise(4, MANY);
    let (got, ()) =
        patiently(async { tokio::join!(send_then_read(&mut program, &bytes), answering) }).await;
    assert!(got.unwrap() == bytes);
    client.stopped().await;
    assert!(
        !path("program").exists(),
        "the socket's file is left behind"
    );
}

#[tokio::test]
async fn several_tunnels_run_in_one_process() {
    let world = World::new();
    let service = Service::new().await;
    let spec = harness::spec(&world.server(service.address), Role::Server);
    let bound = trustpack_tunnel::bind::bind(vec![spec.clone(), spec], Limits::default()).await;
    let bound = bound.unwrap().bound;
    let addresses: Vec<_> = bound
        .listening()
        .map(|listening| {
            assert_eq!(listening.to, service.address.to_string());
            assert_eq!(listening.state, State::Simple);
            listening.address.clone()
        })
        .collect();
    let _running = Running::run(bound);
    service.echo();
    for address in addresses {
        let trustpack_tunnel::bind::ListenAddress::Tcp(address) = address else {
            panic!("{address} is no TCP address");
        };
        let client = Running::start(&world.client(address), Role::Client, Limits::default()).await;
        let mut program: TcpStream = client.connect().await;
        assert_eq!(
            send_then_read(&mut program, b"echo").await.unwrap(),
            b"echo"
        );
    }
}

#[tokio::test]
async fn a_client_that_only_sends_has_its_ticket_after_a_moment() {
    let world = World::new();
    let service = Service::new().await;
    let server = Running::start(
        &world.server(service.address),
        Role::Server,
        Limits::default(),
    )
    .await;
    let site = world.client(server.tcp());
    let (endpoint, material) = site.load(Role::Client).unwrap();
    let client = ClientContext::new(endpoint.startable().unwrap(), &material).unwrap();
    let connect = async || {
        let stream = server.connect().await;
        client.connect(stream, PATIENCE).await.unwrap()
    };
    let mut sends = connect().await;
    sends.write_all(b"word").await.unwrap();
    sends.flush().await.unwrap();
    let mut program = service.accept().await;
    program.read_exact(&mut [0; 4]).await.unwrap();
    patiently(async {
        loop {
            // It reads, though nobody says anything: the ticket is what comes.
            let heard = tokio::time::timeout(Duration::from_millis(20), sends.read(&mut [0])).await;
            assert!(heard.is_err(), "{heard:?}");
            if connect().await.resumed() == Resumed::Yes {
                break;
            }
        }
    })
    .await;
}
